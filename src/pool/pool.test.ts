import { expect, test } from 'vitest';
import type { Executor, ExecutorEvents } from './executor.ts';
import { ExecutorLoop } from './executor-loop.ts';
import type { Job } from './job.ts';
import { bareOutcome, type Outcome } from './outcome.ts';
import { Pool, type PoolParts } from './pool.ts';
import { startSlot } from './slots.ts';

function aJob(tag: string, task = 'add'): Job {
  return {
    tag,
    task,
    id: `id-${tag}`,
    queue: 'celery',
    headersText: '{}',
    body: '',
    bodyEncoding: 'base64',
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    compression: null,
    replyTo: null,
    correlationId: null,
    priority: 0,
    properties: null,
  };
}

/** An executor whose jobs start and end when the test says so. */
class PuppetExecutor implements Executor {
  readonly queued: (readonly [number, Job])[] = [];
  readonly #states: Int32Array;
  events: ExecutorEvents | undefined;
  isStopped = false;

  constructor(states: Int32Array) {
    this.#states = states;
  }

  async start(events: ExecutorEvents): Promise<void> {
    this.events = events;
  }
  run(entries: readonly (readonly [number, Job])[]): void {
    this.queued.push(...entries);
  }
  abort(): void {}
  async stop(): Promise<void> {
    this.isStopped = true;
  }

  begin(): readonly [number, Job] | undefined {
    const entry = this.queued.shift();
    return entry && startSlot(this.#states, entry[0]) ? entry : undefined;
  }
  finish(index: number, runtimeMs: number): void {
    const outcome = { ...bareOutcome({ kind: 'success', resultText: '1' }), runtimeMs };
    this.events?.onFinished([[index, outcome]]);
  }
}

async function aPool(options: Partial<PoolParts> = {}) {
  const executors: PuppetExecutor[] = [];
  const ended: (readonly [Job, Outcome])[] = [];
  const returned: Job[] = [];
  const time = { now: 0 };
  const pool = new Pool({
    executors: 1,
    slotsEach: 1,
    prefetchMultiplier: 0,
    createExecutor: ({ states }) => {
      const executor = new PuppetExecutor(states);
      executors.push(executor);
      return executor;
    },
    onEnded: (batch) => void ended.push(...batch),
    onReturned: (jobs) => void returned.push(...jobs),
    onNotice: () => {},
    now: () => time.now,
    ...options,
  });
  await pool.start();
  const first = executors[0] as PuppetExecutor;
  return { pool, executors, first, ended, returned, time };
}

/** Lets the pool see one run of `add` that took this long. */
function runOne(pool: Pool, executor: PuppetExecutor, runtimeMs: number): void {
  pool.dispatch([aJob('seen')]);
  const entry = executor.begin();
  if (entry) executor.finish(entry[0], runtimeMs);
}

test('a task never seen has nothing waiting behind it', async () => {
  const { pool } = await aPool();

  const refused = pool.dispatch([aJob('a'), aJob('b')]);

  expect(refused.map((job) => job.tag)).toEqual(['b']);
  expect(pool.room()).toBe(0);
});

test('tiny tasks are claimed ahead by the hundred', async () => {
  const { pool, first } = await aPool();

  runOne(pool, first, 0.05);

  expect(pool.room()).toBeGreaterThan(200);
});

test('a task that takes longer than the time ahead is not claimed ahead', async () => {
  const { pool, first } = await aPool();

  runOne(pool, first, 60);

  expect(pool.room()).toBe(1);
});

test('an executor that reports nothing for a while gets nothing to hold ahead', async () => {
  const { pool, first, time } = await aPool();
  runOne(pool, first, 0.05);
  pool.dispatch([aJob('stuck')]);
  first.begin();

  time.now = 60;

  expect(pool.room()).toBe(0);
});

test('jobs go to the executor that is free', async () => {
  const { pool, executors } = await aPool({ executors: 2 });

  pool.dispatch([aJob('a'), aJob('b')]);

  expect(executors.map((each) => each.queued.length)).toEqual([1, 1]);
});

test('what has not started is taken back once, and what has started is not', async () => {
  const { pool, first, ended } = await aPool({ prefetchMultiplier: 3 });
  pool.dispatch([aJob('a'), aJob('b'), aJob('c')]);
  const a = first.begin();

  const recalled = pool.recall(0);

  expect(recalled.map((job) => job.tag)).toEqual(['b', 'c']);
  expect(first.begin()).toBeUndefined();
  first.finish(a?.[0] ?? -1, 1);
  expect(ended.map(([job]) => job.tag)).toEqual(['a']);
});

test('a large job that is still on its way to its executor is not taken back for its age', async () => {
  const { pool, time } = await aPool({ prefetchMultiplier: 2 });
  pool.dispatch([aJob('small'), { ...aJob('large'), body: 'x'.repeat(5_000_000) }]);
  const tagsAt = (now: number) => {
    time.now = now;
    return pool.recall(200).map((job) => job.tag);
  };

  expect(tagsAt(300)).toEqual(['small']);
  expect(tagsAt(699)).toEqual([]);
  expect(tagsAt(700)).toEqual(['large']);
});

test('the executor passing over a job taken back frees its place without ending it', async () => {
  const { pool, first, ended } = await aPool({ prefetchMultiplier: 2 });
  pool.dispatch([aJob('a'), aJob('b')]);
  const index = first.queued[1]?.[0] ?? -1;
  pool.recall(0);

  first.events?.onFinished([[index, undefined]]);

  expect(ended).toEqual([]);
  expect(pool.held).toBe(0);
});

test('a dead executor ends what it ran as lost, gives back the rest, and is replaced', async () => {
  const { pool, executors, first, ended, returned } = await aPool({ prefetchMultiplier: 2 });
  pool.dispatch([aJob('a'), aJob('b')]);
  first.begin();

  first.events?.onLost('killed');

  expect(ended.map(([job, { kind }]) => [job.tag, kind])).toEqual([['a', 'worker-lost']]);
  expect(returned.map((job) => job.tag)).toEqual(['b']);
  await expect.poll(() => executors.length, { timeout: 2_000 }).toBe(2);
  await pool.stop();
});

test('stop gives back everything that the executors still had', async () => {
  const { pool, first } = await aPool({ prefetchMultiplier: 2 });
  pool.dispatch([aJob('a'), aJob('b')]);
  first.begin();

  const left = await pool.stop();

  expect(left.map((job) => job.tag).sort()).toEqual(['a', 'b']);
  expect(first.isStopped).toBe(true);
});

test('a multiplier holds that many claims per slot, whatever they take', async () => {
  const { pool } = await aPool({ prefetchMultiplier: 4 });

  const refused = pool.dispatch([aJob('a'), aJob('b')]);

  expect(refused).toEqual([]);
  expect(pool.room()).toBe(2);
});

test('an executor never runs more tasks at once than it has slots', async () => {
  let running = 0;
  let most = 0;
  let finished = 0;
  const states = new Int32Array(16).fill(1); // all queued
  const loop = new ExecutorLoop({
    slots: 3,
    states,
    run: async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return bareOutcome({ kind: 'success', resultText: '1' });
    },
    report: (batch) => {
      finished += batch.length;
    },
    now: () => performance.now(),
  });

  loop.push(Array.from({ length: 10 }, (_, index) => [index, aJob(String(index))] as const));

  await expect.poll(() => finished).toBe(10);
  expect(most).toBe(3);
});
