import { afterEach, beforeEach, expect, test } from 'vitest';
import { Celery, runtime, setRuntime } from '../app/index.ts';
import { chain } from '../canvas/index.ts';
import { PayloadTooLargeError } from '../errors.ts';
import { createLogger } from '../util/index.ts';
import { createTestApp } from './test-kit.ts';

const MAX = 2_000;
const before = runtime();
const tooLarge = { remote: { type: 'PayloadTooLargeError', module: 'celeriac' } };
let lines: string[];

beforeEach(() => {
  lines = [];
  const stream = { write: (text: string) => void lines.push(text) };
  const logger = createLogger({ level: 'WARNING', stream, format: 'json' });
  setRuntime({ ...before, logger });
});

afterEach(() => setRuntime(before));

function open(taskMaxPayload = MAX) {
  const app = new Celery('shop', { taskMaxPayload });
  const repeat = app.task(function repeat(text: string, times: number) {
    return text.repeat(times);
  });
  const length = app.task(function length(text: string) {
    return text.length;
  });
  return { app, repeat, length, kit: createTestApp(app) };
}

test('what is larger than taskMaxPayload is not sent', async () => {
  const { length, kit } = open();
  await using _kit = kit;

  const sending = length.delay('x'.repeat(MAX));

  await expect(sending).rejects.toThrow(PayloadTooLargeError);
  await expect(sending).rejects.toMatchObject({ taskName: 'shop.length', limit: MAX });
  await expect(length.applyAsync(['x'.repeat(MAX)], { compression: 'gzip' })).rejects.toThrow(
    PayloadTooLargeError,
  );
  expect(kit.sent()).toEqual([]);
});

test('a chain whose next step would be too large has failed, and who waits for its end learns it', async () => {
  const { repeat, length, kit } = open();
  await using _kit = kit;

  const end = await chain([repeat.s('x', MAX - 50), length.s()]).delay();
  const runs = await kit.drain();

  expect(runs).toMatchObject([{ task: 'shop.repeat', state: 'FAILURE', error: tooLarge }]);
  await expect(end.get()).rejects.toMatchObject(tooLarge);
});

test('a retry with other arguments that are too large is a failure', async () => {
  const { app, kit } = open();
  await using _kit = kit;
  const grow = app.task({ name: 'shop.grow', bind: true }, (task, text: string) => {
    throw task.retry({ args: [text.repeat(100)] });
  });

  await grow.delay('x'.repeat(100));

  expect(await kit.drain()).toMatchObject([{ state: 'FAILURE', error: tooLarge }]);
});

test('what a task sends is held to it, too', async () => {
  const { app, length, kit } = open();
  await using _kit = kit;
  const hand = app.task(async function hand(times: number) {
    await length.delay('x'.repeat(times));
  });

  await hand.delay(MAX);

  expect(await kit.drain()).toMatchObject([{ state: 'FAILURE', error: tooLarge }]);
});

test('a result that is larger is a failure that says so', async () => {
  const { repeat, kit } = open();
  await using _kit = kit;

  const result = await repeat.delay('x', MAX);
  await kit.drain();

  await expect(result.get()).rejects.toMatchObject(tooLarge);
  await expect(result.get()).rejects.toThrow(
    `the result of task 'shop.repeat' has ${MAX + 2} bytes`,
  );
});

test('a state of its own that is larger is an error in the task, and is not stored', async () => {
  const { app, kit } = open();
  await using _kit = kit;
  const kept: unknown[] = [];
  const work = app.task({ name: 'shop.work', bind: true }, async (task, times: number) => {
    await task.progress('small');
    const refused = await task.progress('x'.repeat(times)).catch((error: unknown) => error);
    kept.push(refused, await app.asyncResult(task.request.id).info());
    await task.updateState({ state: 'PACKING', meta: 'x'.repeat(times) });
  });

  await work.delay(MAX);
  const runs = await kit.drain();

  expect(kept).toMatchObject([{ code: 'PAYLOAD_TOO_LARGE', size: MAX + 2, limit: MAX }, 'small']);
  expect(runs).toMatchObject([{ state: 'FAILURE', error: tooLarge }]);
  expect(runs[0]?.error?.message).toContain(`the state of task 'shop.work' has ${MAX + 2} bytes`);
});

test('bodies of a megabyte are warned of, once per task', async () => {
  const { length, kit } = open(10_000_000);
  await using _kit = kit;

  await length.delay('x'.repeat(900_000));
  await length.delay('x'.repeat(1_000_000));
  await length.delay('x'.repeat(1_000_000));
  await length.applyAsync(['x'.repeat(1_000_000)], { compression: 'gzip' });

  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("a message of task 'shop.length' has a body of 1000");
  expect(lines[0]).toContain('"level":"WARNING"');
});
