import { afterEach, describe, expect, test } from 'vitest';
import { Celery } from '../app/index.ts';
import { chain, group } from '../canvas/index.ts';
import type { TestAppOptions } from './options.ts';
import { createTestApp } from './test-kit.ts';

const START = new Date('2026-03-01T12:00:00Z');

/** Nobody listens there: whatever goes to the network fails. */
const NOWHERE = 'redis://127.0.0.1:1';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function anApp() {
  const app = new Celery('shop', { broker: NOWHERE, backend: NOWHERE });
  const calls: unknown[] = [];
  const add = app.task(function add(a: number, b: number) {
    calls.push([a, b]);
    return a + b;
  });
  const fail = app.task(function fail(message: string): number {
    throw new RangeError(message);
  });
  const flaky = app.task(
    { name: 'shop.flaky', bind: true, maxRetries: 3 },
    function flaky(task, failures: number) {
      calls.push(task.request.retries);
      if (task.request.retries < failures) throw task.retry({ countdown: 60 });
      return task.request.retries;
    },
  );
  const outer = app.task(async function outer(x: number) {
    return (await add.delay(x, 1)).get();
  });
  return { app, calls, add, fail, flaky, outer };
}

function aKit(options: TestAppOptions = {}) {
  const shop = anApp();
  const kit = createTestApp(shop.app, { now: START, ...options });
  closers.push(() => kit.close());
  return { ...shop, kit };
}

describe('draining', () => {
  test('runs what was sent, in its order, and tells what came of it', async () => {
    const { kit, add, fail } = aKit();
    const result = await add.delay(2, 3);
    await fail.delay('no');

    const ran = await kit.drain();

    expect(ran).toMatchObject([
      { task: 'shop.add', id: result.id, args: [2, 3], state: 'SUCCESS', result: 5, retries: 0 },
      { task: 'shop.fail', state: 'FAILURE', error: { remote: { type: 'RangeError' } } },
    ]);
    await expect(result.get()).resolves.toBe(5);
    expect(await kit.drain()).toEqual([]);
  });

  test('nothing runs before', async () => {
    const { kit, add, calls } = aKit();
    const result = await add.delay(2, 3);

    await new Promise((resolve) => setImmediate(resolve));

    expect(calls).toEqual([]);
    await expect(result.state()).resolves.toBe('PENDING');
    expect(kit.sent(add)).toHaveLength(1);
  });

  test('runs the steps of a chain, the members of a group, and what a task sends and waits for', async () => {
    const { kit, add, outer } = aKit();
    const chained = await chain(
      add.s(1, 2),
      add.s(10),
      group([add.s(100), add.s(200)]),
    ).applyAsync();
    const waited = await outer.delay(5);

    await kit.drain();

    await expect(chained.get()).resolves.toEqual([113, 213]);
    await expect(waited.get()).resolves.toBe(6);
    const child = kit.sent(add).find(({ parentId }) => parentId === waited.id);
    expect(child).toMatchObject({ args: [5, 1], rootId: waited.id });
    await expect(waited.children()).resolves.toMatchObject([{ id: child?.id }]);
  });

  test('waits for tasks that wait for the world outside', async () => {
    const { kit, app } = aKit();
    const slow = app.task(async function slow() {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 'done';
    });
    await slow.delay();

    expect(await kit.drain()).toMatchObject([{ result: 'done' }]);
  });

  test('runs tasks of every queue, lower priorities last', async () => {
    const { kit, add } = aKit();
    await add.applyAsync([9, 0], { priority: 9 });
    await add.applyAsync([1, 0], { queue: 'other' });

    const ran = await kit.drain();

    expect(ran.map(({ queue, args }) => [queue, args[0]])).toEqual([
      ['other', 1],
      ['celery', 9],
    ]);
  });

  test('keeps the priorities apart that the settings name', async () => {
    const { kit, add } = aKit({ settings: { brokerTransportOptions: { prioritySteps: [0, 5] } } });
    await add.applyAsync([5, 0], { priority: 9 });
    await add.applyAsync([0, 0], { priority: 4 });

    expect((await kit.drain()).map(({ args }) => args[0])).toEqual([0, 5]);
  });

  test('gives up on tasks that send themselves for ever', async () => {
    const { kit, app } = aKit({ maxRuns: 50 });
    const again = app.task(async function again(): Promise<void> {
      await app.sendTask('shop.again');
    });
    await again.delay();

    await expect(kit.drain()).rejects.toMatchObject({ code: 'TEST_STUCK' });
  });
});

describe('the clock', () => {
  test('stands still until it is moved; what becomes due on the way runs at its time', async () => {
    const { kit, app } = aKit();
    const times: [string, string][] = [];
    const note = app.task(function note(text: string) {
      times.push([text, kit.now.toISOString().slice(11, 19)]);
    });
    await note.applyAsync(['late'], { countdown: { hours: 1 } });
    await note.applyAsync(['soon'], { eta: new Date(START.getTime() + 500) });
    await note.applyAsync(['tomorrow'], { countdown: { days: 1 } });
    await note.delay('now');

    expect(await kit.drain()).toHaveLength(1);
    const ran = await kit.advance('2h');

    expect(ran.map(({ args }) => args[0])).toEqual(['soon', 'late']);
    expect(times).toEqual([
      ['now', '12:00:00'],
      ['soon', '12:00:00'],
      ['late', '13:00:00'],
    ]);
    expect(kit.now.toISOString()).toBe('2026-03-01T14:00:00.000Z');
  });

  test('retries come when they are due, and no sooner', async () => {
    const { kit, flaky, calls } = aKit();
    const result = await flaky.delay(2);

    expect(await kit.drain()).toMatchObject([{ state: 'RETRY', retries: 0 }]);
    expect(await kit.advance(59)).toEqual([]);
    expect(await kit.advance(1)).toMatchObject([{ state: 'RETRY', retries: 1 }]);
    expect(await kit.advance({ minutes: 1 })).toMatchObject([{ state: 'SUCCESS', result: 2 }]);

    expect(calls).toEqual([0, 1, 2]);
    expect(kit.sent(flaky)).toHaveLength(1);
    await expect(result.get()).resolves.toBe(2);
  });

  test('a task that comes too late is not run', async () => {
    const { kit, add, calls } = aKit();
    await add.applyAsync([1, 1], { countdown: 60, expires: 30 });

    const ran = await kit.advance(60);

    expect(ran).toMatchObject([{ state: 'REVOKED', error: { code: 'TASK_REVOKED' } }]);
    expect(calls).toEqual([]);
  });

  test('results are kept for as long as the settings say', async () => {
    const { kit, add } = aKit({ settings: { resultExpires: 60 } });
    const result = await add.delay(1, 1);
    await kit.drain();
    const handle = () => kit.waitFor(result);

    await kit.advance(59);
    await expect(handle()).resolves.toMatchObject({ result: 2 });
    await kit.advance(1);

    await expect(result.state()).resolves.toBe('PENDING');
  });

  test('a task that nobody knows waits for a worker that does, and fails in the end', async () => {
    const { kit, app } = aKit();
    const result = await app.sendTask('elsewhere.pay', [1]);

    expect(await kit.advance('9m')).toEqual([]);
    await kit.advance('2m');

    expect(kit.sent('elsewhere.pay')).toMatchObject([{ args: [1] }]);
    await expect(kit.waitFor(result, 'FAILURE')).resolves.toMatchObject({ task: 'elsewhere.pay' });
  });
});
