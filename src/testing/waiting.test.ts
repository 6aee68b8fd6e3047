import { afterEach, describe, expect, test } from 'vitest';
import { Celery, Ignore, Reject } from '../app/index.ts';
import { chain } from '../canvas/index.ts';
import type { TestAppOptions } from './options.ts';
import { createTestApp } from './test-kit.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function aKit(options: TestAppOptions = {}) {
  const app = new Celery('shop', { broker: 'redis://127.0.0.1:1', backend: 'redis://127.0.0.1:1' });
  const calls: unknown[] = [];
  const add = app.task(function add(a: number, b: number) {
    calls.push([a, b]);
    return a + b;
  });
  const kit = createTestApp(app, options);
  closers.push(() => kit.close());
  return { app, calls, add, kit };
}

describe('waiting for a state', () => {
  test('resolves with the try that came to it, whose result can be read by then', async () => {
    const { kit, add } = aKit();
    const first = await add.delay(1, 1);
    const second = await add.delay(2, 2);

    const run = await kit.waitFor(second);

    expect(run.result satisfies number | undefined).toBe(4);
    await expect(second.state()).resolves.toBe('SUCCESS');
    await expect(kit.waitFor(add)).resolves.toMatchObject({ state: 'SUCCESS' });
    await expect(kit.waitFor('shop.add', 'SUCCESS')).resolves.toMatchObject({ task: 'shop.add' });
    await expect(kit.waitFor(first)).resolves.toMatchObject({ args: [1, 1] });
  });

  test('finds a state of the task’s own while it runs', async () => {
    const { kit, app } = aKit();
    let finish = () => {};
    const step = app.task({ name: 'shop.step', bind: true }, async function step(task) {
      await task.updateState({ state: 'HALFWAY', meta: { done: 1 } });
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    await step.delay();

    await expect(kit.waitFor(step, 'HALFWAY')).resolves.toMatchObject({ result: { done: 1 } });
    finish();

    await expect(kit.waitFor(step)).resolves.toMatchObject({ state: 'SUCCESS' });
  });

  test('says that the task was never sent, or came to something else, or is not due', async () => {
    const { kit, add, app } = aKit();
    const fail = app.task(function fail() {
      throw new RangeError('too far');
    });

    await expect(kit.waitFor(add)).rejects.toThrow(
      /^task 'shop.add' has not come to SUCCESS: it was not sent, and nothing is left to run/,
    );
    await fail.delay();
    await expect(kit.waitFor(fail)).rejects.toMatchObject({
      code: 'TEST_STUCK',
      summary: expect.stringContaining('it came to FAILURE: RangeError: too far'),
      cause: { code: 'TASK_FAILED' },
    });
    const late = await add.applyAsync([1, 2], { countdown: 60 });
    await expect(kit.waitFor(late)).rejects.toThrow(
      /it was sent, and has not run, and nothing more is due before 60 s have passed/,
    );
  });

  test('knows of tasks that leave no result', async () => {
    const { kit, app, add } = aKit({ settings: { backend: null } });
    const ignored = app.task(function ignored() {
      throw new Ignore();
    });
    const rejected = app.task(function rejected() {
      throw new Reject('not for me');
    });
    const result = await add.delay(1, 2);
    await ignored.delay();
    await rejected.delay();

    await expect(kit.waitFor(add)).resolves.toMatchObject({ result: 3 });
    await expect(kit.waitFor(ignored, 'IGNORED')).resolves.toMatchObject({ result: undefined });
    await expect(kit.waitFor(rejected, 'FAILURE')).resolves.toMatchObject({
      error: { remote: { args: ['not for me'] } },
    });
    await expect(result.get()).rejects.toMatchObject({ code: 'BACKEND_MISSING' });
  });
});

describe('a task that is delivered twice', () => {
  test('runs twice, and what follows it is sent once', async () => {
    const { kit, add, calls } = aKit();
    kit.duplicateNext(add);
    const result = await chain(add.s(1, 2), add.s(10)).applyAsync();
    await add.delay(7, 7);

    const ran = await kit.drain();

    expect(calls.filter((call) => String(call) === '1,2')).toHaveLength(2);
    expect(ran.map(({ args, wasLost }) => [args[0], wasLost]).toSorted()).toEqual([
      [1, false],
      [1, true],
      [3, false],
      [7, false],
    ]);
    expect(kit.sent(add)).toHaveLength(3);
    await expect(result.get()).resolves.toBe(13);
  });

  test('may be any, and knows that it was delivered before', async () => {
    const { kit, app } = aKit();
    const seen: boolean[] = [];
    const look = app.task({ name: 'shop.look', bind: true }, function look(task) {
      seen.push(task.request.isRedelivered);
    });
    kit.duplicateNext();
    await look.applyAsync([], { countdown: 5 });

    await kit.advance(5);

    expect(seen).toEqual([false, true]);
  });

  test('cannot be one that is acked before it runs', () => {
    const { kit, app } = aKit();
    const early = app.task({ name: 'shop.early', acksLate: false }, function early() {});

    expect(() => kit.duplicateNext(early)).toThrow(/needs acksLate: true/);
    expect(() => kit.duplicateNext('shop.nothing')).toThrow(/is not registered/);
  });
});

describe('a run that is to fail', () => {
  test('fails with the error and does not call the function; the next one does', async () => {
    const { kit, add, calls } = aKit();
    kit.failNext(add, new RangeError('first'));
    kit.failNext('shop.add', new RangeError('second'));
    for (const n of [1, 2, 3]) await add.delay(n, 0);

    const ran = await kit.drain();

    expect(ran.map(({ state, error }) => error?.message.split(' (')[0] ?? state)).toEqual([
      'RangeError: first',
      'RangeError: second',
      'SUCCESS',
    ]);
    expect(calls).toEqual([[3, 0]]);
  });

  test('is retried by itself where the task says so, after the whole delay', async () => {
    const { kit, app } = aKit();
    const pay = app.task(
      { name: 'shop.pay', autoretryFor: [RangeError], retryBackoff: 10, retryJitter: true },
      () => 'paid',
    );
    kit.failNext(pay, new RangeError('no connection'));
    await pay.delay();

    expect(await kit.advance(9)).toMatchObject([{ state: 'RETRY' }]);
    expect(await kit.advance(1)).toMatchObject([{ state: 'SUCCESS', result: 'paid' }]);
  });
});

describe('a kit', () => {
  test('refuses what cannot be encoded where it is sent', async () => {
    const { kit, add } = aKit();

    const sending = add.delay(1, new Map() as never);

    await expect(sending).rejects.toMatchObject({ code: 'ENCODE_FAILED', path: 'args[1]' });
    expect(kit.sent()).toEqual([]);
  });

  test('shows arguments as a worker gets them', async () => {
    const { kit, app } = aKit();
    const at = new Date('2026-01-01T00:00:00Z');

    await app.sendTask('shop.book', [at, undefined], {
      ...{
        kwargs: { seats: 2 },
        queue: 'slow',
        priority: 3,
        countdown: 5,
        headers: { tenant: 'a' },
      },
    });

    const [sent] = kit.sent('shop.book');
    expect(sent).toMatchObject({
      ...{ args: [at, null], kwargs: { seats: 2 }, queue: 'slow', priority: 3, parentId: null },
      ...{ eta: new Date(kit.now.getTime() + 5_000), expires: null, exchange: null },
      headers: { tenant: 'a' },
    });
  });

  test('runs tasks at once if it is told to, so that code which waits for results goes on', async () => {
    const { kit, add } = aKit({ autorun: true });

    const sum = await (await add.delay(2, 3)).get({ timeout: 5 });
    await add.applyAsync([1, 1], { countdown: 60 });

    expect(sum).toBe(5);
    expect(await kit.advance('1m')).toMatchObject([{ result: 2 }]);
  });

  test('takes other settings, but no other stores', () => {
    const { app } = aKit({ settings: { taskDefaultQueue: 'tests' } });

    expect(app.settings.taskDefaultQueue).toBe('tests');
    const settings = { broker: 'redis://127.0.0.1:2' };
    expect(() => createTestApp(new Celery('other'), { settings })).toThrow(/store of its own/);
  });

  test('sends through its own store what an app runs eagerly, or sends to a broker of its own', async () => {
    const app = new Celery('shop', {
      ...{ broker: 'redis://127.0.0.1:1', brokerWriteUrl: 'redis://127.0.0.1:2' },
      ...{ backend: 'redis://127.0.0.1:3', taskAlwaysEager: true },
    });
    const add = app.task({ name: 'shop.add' }, (a: number, b: number) => a + b);
    await using kit = createTestApp(app);

    await add.delay(1, 2);

    expect(kit.sent(add)).toHaveLength(1);
    await expect(kit.waitFor(add)).resolves.toMatchObject({ result: 3 });
  });

  test('is one at a time for an app, and gives it everything back', async () => {
    const { app, kit, add } = aKit();
    const result = await add.delay(1, 2);
    expect(() => createTestApp(app)).toThrow(/a test kit already/);

    await kit.close();
    await kit.close();

    expect(app.settings.brokerUrl).toBe('redis://127.0.0.1:1');
    await expect(result.get({ timeout: 1 })).rejects.toThrow(/gone once the kit is closed/);
    await using second = createTestApp(app);
    expect(second.sent()).toEqual([]);
    expect(await second.drain()).toEqual([]);
  });

  test('aborts what still runs when it is closed', async () => {
    const { kit, app } = aKit();
    const reasons: unknown[] = [];
    const waits = app.task({ name: 'shop.waits', bind: true }, async function waits(task) {
      await task.updateState({ state: 'WAITING' });
      await new Promise((_, reject) => {
        task.signal.addEventListener('abort', () => reject(task.signal.reason));
      }).catch((reason: Error) => void reasons.push(reason.message));
    });
    await waits.delay();
    await kit.waitFor(waits, 'WAITING');

    await kit.close();

    expect(reasons).toEqual(['the test kit was closed']);
  });
});
