import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AsyncResult, Celery, chain, chord, group, type ResultHandle } from 'celeriac';
import { Worker } from 'celeriac/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/util/index.ts';
import type * as Tasks from '../fixtures/chords.ts';
import { type Shape, shapes, tasksIn } from './chord-shapes.ts';
import { tempDir } from './temp.ts';
import { until } from './waits.ts';

const TASKS = fileURLToPath(new URL('../fixtures/chords.ts', import.meta.url));
/** For headers of which nobody knows more than that. */
const untyped = chord as unknown as (
  header: readonly unknown[],
  body: unknown,
) => { delay(): Promise<AsyncResult<unknown>> };
/** What takes longer is not done at all. */
const SOON = { timeout: 20 };

/** What chords promise, with one worker of two threads on a store that is opened for it. */
export function chordsHold(open: () => Promise<string>): void {
  let tasks: typeof Tasks;
  let worker: Worker;

  beforeAll(async () => {
    const url = await open();
    Object.assign(process.env, { CELERY_BROKER_URL: url, CELERY_RESULT_BACKEND: url });
    tasks = await import('../fixtures/chords.ts');
    const logger = createLogger({ level: 'CRITICAL' });
    const options = { pool: 'threads', concurrency: 2, queues: ['celery'] } as const;
    worker = new Worker({ apps: [tasks.app], module: TASKS, logger, ...options });
    await worker.start();
  });

  afterAll(async () => {
    await worker?.stop();
    await tasks?.app.close();
  });

  const file = () => join(tempDir(), 'notes');

  describe('the body of a chord', () => {
    test('gets the results in the order of the header, whoever ends first', async () => {
      const { add, gather } = tasks;
      const header = Array.from({ length: 30 }, (_none, at) => add.s(at, 0, (at * 7) % 13));

      const result = await chord(header, gather.s()).delay();

      await expect(result.get(SOON)).resolves.toEqual(header.map((_none, at) => at));
    });

    test('runs at once where there is no header, and with a list of one', async () => {
      const { add, gather } = tasks;

      const none = await chord([], gather.s()).delay();
      const one = await chord([add.s(1, 2)], gather.s()).delay();

      await expect(none.get(SOON)).resolves.toEqual([]);
      await expect(one.get(SOON)).resolves.toEqual([3]);
    });

    test('may be a chain, a group or a chord, and so may each member', async () => {
      const { add, sum, gather } = tasks;
      const header = [chain(add.s(1, 1), add.s(2)), chord([add.s(1, 2), add.s(3, 4)], sum.s())];

      const chained = await chord(header, chain(sum.s(), add.s(100))).delay();
      const grouped = await chord(header, group([sum.s(), gather.s()])).delay();
      const again = await chord(header, chord([sum.s(), gather.s()], gather.s())).delay();

      await expect(chained.get(SOON)).resolves.toBe(114);
      await expect(grouped.get(SOON)).resolves.toEqual([14, [4, 10]]);
      await expect(again.get(SOON)).resolves.toEqual([14, [4, 10]]);
    });

    test('gets a list in its list where a member ends in a group', async () => {
      const { add, gather } = tasks;
      const member = chain(add.s(1, 1), group([add.s(1), add.s(2, 20)]));

      const result = await chord([member, add.s(3, 3)], gather.s()).delay();

      await expect(result.get(SOON)).resolves.toEqual([[3, 4], 6]);
    });

    test('has chords in it, four deep', async () => {
      const { add, sum } = tasks;
      const one = chord([add.s(1, 1), add.s(1, 1)], sum.s());
      const two = chord([one, add.s(1, 1)], sum.s());
      const three = chord([chain(add.s(0, 0), add.s(1)), two], sum.s());
      const four = chord([three, three], sum.s());

      await expect((await four.delay()).get(SOON)).resolves.toBe(14);
    });

    test('goes on in a chain, and chains with chords in them stand side by side in a group', async () => {
      const { add, sum } = tasks;
      const through = () =>
        chain(
          add.s(1, 1),
          chord([add.s(1), add.s(2)], sum.s()),
          add.s(10),
          group([add.s(1), add.s(2)]),
          sum.s(),
        );

      const results = await group([through(), through()]).delay();

      await expect(results.get(SOON)).resolves.toEqual([37, 37]);
    });

    test('is sent by a task as by a program', async () => {
      const id = await (await tasks.nested.delay(4)).get(SOON);

      await expect(tasks.app.asyncResult(id).get(SOON)).resolves.toBe(10);
    });
  });

  describe('a member that', () => {
    test.each([
      ['is ignored leaves null in its place', 'ignore', null],
      ['is tried again counts when it ends', 'retry', 'retry'],
    ])('%s', async (_, how, value) => {
      const { add, step, gather } = tasks;

      const result = await chord([add.s(1, 0), step.si(how), add.s(2, 0)], gather.s()).delay();

      await expect(result.get(SOON)).resolves.toEqual([1, value, 2]);
    });

    test('ends a chain early, ignored, leaves null in its place', async () => {
      const { add, step, gather } = tasks;
      const member = chain(step.si('ignore'), step.si('never'), step.si('never'));

      const result = await chord([member, add.s(2, 0)], gather.s()).delay();

      await expect(result.get(SOON)).resolves.toEqual([null, 2]);
    });

    test('stores no result has one for the body', async () => {
      const { add, quiet, gather } = tasks;

      const result = await chord([quiet.s(), add.s(2, 0)], gather.s()).delay();

      await expect(result.get(SOON)).resolves.toEqual(['unheard', 2]);
    });

    test.each([
      ['exitsOnce', 'twice'],
      ['returns', 'again'],
    ] as const)('is delivered again counts once: %s', async (name, value) => {
      const { add, gather } = tasks;
      const runs = file();

      const result = await chord([tasks[name].s(file()), add.s(2, 0)], gather.s(runs)).delay();

      await expect(result.get(SOON)).resolves.toEqual([value, 2]);
      expect(linesOf(runs)).toEqual(['ran']);
    });

    const failing: [what: string, make: (all: typeof Tasks) => unknown, raised: RegExp][] = [
      ['throws', ({ step }) => step.si('throw'), /raised RangeError\('boom'\)/],
      ['is rejected', ({ step }) => step.si('reject'), /raised Reject\('not for me', False\)/],
      ['takes its executor along', ({ exits }) => exits.si(), /raised WorkerLostError/],
      [
        'is expired',
        ({ add }) => add.s(1, 1).set({ expires: -1 }),
        /TaskRevokedError\('expired'\)/,
      ],
      ['nobody knows', ({ app }) => app.signature('no.such'), /NotRegistered\('no\.such'\)/],
    ];

    test.each(failing)(
      '%s fails the body, which calls its errback once',
      async (_, make, raised) => {
        const { add, gather, told, app } = tasks;
        const [notes, runs] = [file(), file()];
        const body = gather.s(runs).linkError(told.s(notes));
        const header = [add.s(1, 1), make(tasks), add.s(2, 2, 20)];

        const result = await untyped(header, body).delay();

        await expect(failureOf(result)).resolves.toMatch(raised);
        await until(() => linesOf(notes).length > 0, { deadlineMs: 20_000, what: 'the errback' });
        await (await app.sendTask('chords.add', [1, 1])).get(SOON);
        expect(linesOf(notes)).toEqual([result.id]);
        expect(linesOf(runs)).toEqual([]);
      },
    );

    test('gets what does not fit fails the body', async () => {
      const { app, gather } = tasks;
      await using client = new Celery('elsewhere', {
        broker: app.settings.brokerUrl,
        backend: app.settings.resultBackend,
      });
      const odd = client.signature('chords.add', [1], { kwargs: { c: 3 } });

      const result = await untyped([odd], gather.s()).delay();

      await expect(failureOf(result)).resolves.toMatch(/raised TypeError/);
    });

    test('fails after another is told of with it', async () => {
      const { app, step, told, gather } = tasks;
      const notes = file();
      const body = gather.s().linkError(told.s(notes));

      const result = await untyped([step.si('throw'), step.si('reject')], body).delay();
      await until(() => linesOf(notes).length > 0, { deadlineMs: 20_000, what: 'the errback' });

      const stored = await app.asyncResult(result.id).result();
      const [first, second] = String(stored).split('\n');
      expect(first).toMatch(/Dependency \S+ raised RangeError/);
      expect(second).toMatch(/Dependency \S+ raised Reject/);
    });
  });

  test.each(['something else', 'the same'])(
    'a message that comes twice, and comes to %s each time, counts once',
    async (what) => {
      const { app, varies, gather } = tasks;
      const [runs, bodies] = [file(), file()];
      const transport = await app.transport();
      const publish = transport.publish.bind(transport);
      transport.publish = (messages, ...more) =>
        publish(
          messages.flatMap((each) => [each, each]),
          ...more,
        );
      const header = [0, 1, 2, 3, 4].map((at) => varies.s(at, runs, what === 'the same'));

      const result = await chord(header, gather.s(bodies)).delay();
      transport.publish = publish;

      const parts = (await result.get(SOON)) as number[][];
      expect(parts.map(([number]) => number)).toEqual([0, 1, 2, 3, 4]);
      await until(() => linesOf(runs).length === 10, { deadlineMs: 20_000, what: 'all to run' });
      await (await app.sendTask('chords.add', [1, 1])).get(SOON);
      expect(linesOf(bodies)).toEqual(['ran']);
    },
  );

  describe.each(shapes)('in %s', (_, shape) => {
    test('all is well', async () => {
      const whole = shape(() => tasks.step.si('value'));

      await expect((await whole.delay()).get(SOON)).resolves.toBe('value');
    });

    test('nobody waits for long, whichever task fails, and one errback is called', async () => {
      const places = Array.from(
        { length: tasksIn(shape, tasks.step.si('value')) },
        (_none, at) => at,
      );

      await Promise.all(places.map((at) => failsAt(shape, at, () => tasks.step.si('throw'))));
    });

    test('nor for one that takes its executor along', async () => {
      await failsAt(shape, tasksIn(shape, tasks.step.si('value')) >> 1, () => tasks.exits.si());
    });
  });

  async function failsAt(
    shape: Shape,
    at: number,
    failing: () => ReturnType<typeof tasks.exits.si>,
  ) {
    const notes = file();
    let place = 0;
    const whole = shape(() => (place++ === at ? failing() : tasks.step.si('value')));
    const told = whole.linkError(tasks.told.s(notes));

    const result = await told.delay();

    await expect(result.get(SOON), `at ${at}`).rejects.toThrow(/boom|WorkerLost/);
    const what = `an errback of task ${at}`;
    await until(() => linesOf(notes).length > 0, { deadlineMs: 20_000, what });
    await everyoneKnows(result as unknown as ResultHandle);
    expect(linesOf(notes), `at ${at}`).toHaveLength(1);
  }
}

/** Whatever the result hangs on has ended, too: within the time in which people lose patience. */
async function everyoneKnows(handle: ResultHandle | null): Promise<void> {
  if (!handle) return;
  const what = `the end of ${handle.id}`;
  if (isGroup(handle)) await Promise.all(handle.results.map(everyoneKnows));
  else await until(() => handle.ready(), { deadlineMs: 5_000, what });
  await everyoneKnows(handle.parent);
}

function isGroup(handle: ResultHandle): handle is ResultHandle & { results: ResultHandle[] } {
  return 'results' in handle;
}

function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

async function failureOf(result: AsyncResult<unknown>): Promise<string> {
  const error: unknown = await result.get(SOON).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ remote: { type: 'ChordError' } });
  return error instanceof Error ? error.message : String(error);
}
