import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Celery, chain, group, type TaskFailedError, TaskRevokedError } from 'celeriac';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StoreName, storeNames, stores } from '../support/stores.ts';
import { tempDir } from '../support/temp.ts';
import { startWorker, startWorkerInside } from '../support/worker.ts';

type Fixture = typeof import('../fixtures/tasks.ts');

/** The fixture's tasks as a client sees them, on a broker of the test's own. */
function clientOf(url: string) {
  const app = new Celery('fixture', { broker: url, backend: url });
  const add = app.task(function add(a: number, b: number) {
    return a + b;
  });
  return { app, add };
}

const pools = ['threads', 'async', 'solo'] as const;

/** A worker with three threads, and the URL that it shares with clients. */
async function aWorkerOn(store: StoreName | 'memory') {
  if (store === 'memory') {
    const url = `memory://${randomUUID()}`;
    return { url, worker: await startWorkerInside({ url, pool: 'threads', concurrency: 3 }) };
  }
  const url = await stores[store]();
  return { url, worker: await startWorker({ brokerUrl: url, args: ['-c', '3'] }) };
}

describe.each([...storeNames, 'memory'] as const)('a worker on %s', (store) => {
  let worker: { stop(): Promise<unknown> };
  let client: ReturnType<typeof clientOf>;
  const send = <Name extends string>(name: Name, args: readonly unknown[] = [], options = {}) =>
    client.app.sendTask(`fixture.${name}`, args, options);

  beforeAll(async () => {
    const started = await aWorkerOn(store);
    worker = started.worker;
    client = clientOf(started.url);
  });
  afterAll(async () => {
    await client.app.close();
    await worker.stop();
  });

  test('runs a task and stores its result', async () => {
    const result = await client.add.delay(2, 3);

    await expect(result.get({ timeout: 10 })).resolves.toBe(5);
    await expect(result.state()).resolves.toBe('SUCCESS');
  });

  test('binds keyword arguments by name, and knows defaults', async () => {
    const both = await send('greet', ['Ann'], { kwargs: { greeting: 'good day' } });
    const one = await send('greet', [], { kwargs: { name: 'Bob' } });

    await expect(both.get({ timeout: 10 })).resolves.toBe('good day Ann');
    await expect(one.get({ timeout: 10 })).resolves.toBe('hello Bob');
  });

  test('a keyword that is no parameter fails the task with a TypeError that names it', async () => {
    const result = await send('greet', ['Ann'], { kwargs: { volume: 11 } });

    const error = await result.get({ timeout: 10 }).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'TASK_FAILED', remote: { type: 'TypeError' } });
    expect((error as TaskFailedError).message).toContain('volume');
  });

  test('a failure comes back with its type, message and traceback', async () => {
    const result = await send('fail', ['too far']);

    const error = await result.get({ timeout: 10 }).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ remote: { type: 'RangeError', args: ['too far'] } });
    expect((error as TaskFailedError).remote.traceback).toContain('tasks.ts');
    await expect(result.failed()).resolves.toBe(true);
  });

  test('an argument that cannot be encoded fails where it is sent, and nothing is sent', async () => {
    const sending = send('add', [1, new Map()]);

    await expect(sending).rejects.toMatchObject({ code: 'ENCODE_FAILED', path: 'args[1]' });
    expect(await (await client.app.transport()).size('celery')).toBe(0);
  });

  test('a result that cannot be encoded is a failure that names the place', async () => {
    const result = await send('unserialisable');

    await expect(result.get({ timeout: 10 })).rejects.toThrow(/result\.at/);
  });

  test('a task retries until it succeeds, and knows how often', async () => {
    const result = await send('flaky', [3]);

    await expect(result.get({ timeout: 15 })).resolves.toBe(3);
  });

  test('a retry may change the arguments', async () => {
    const result = await send('changing', [3]);

    await expect(result.get({ timeout: 15 })).resolves.toEqual([3, 2, 1]);
  });

  test('one try too many fails with MaxRetriesExceededError, or with the reason given', async () => {
    const plain = await send('hopeless');
    const reasoned = await send('hopelessWithReason');

    await expect(plain.get({ timeout: 15 })).rejects.toMatchObject({
      remote: { type: 'MaxRetriesExceededError' },
    });
    await expect(reasoned.get({ timeout: 15 })).rejects.toMatchObject({
      remote: { type: 'RangeError', args: ['still broken'] },
    });
  });

  test('a countdown is waited for, and not much longer', async () => {
    const sentMs = Date.now();
    const results = await Promise.all([
      client.add.applyAsync([1, 1], { countdown: 0.5 }),
      client.add.applyAsync([2, 2], { eta: new Date(sentMs + 2_500) }),
    ]);

    await results[0].get({ timeout: 10 });
    const firstMs = Date.now() - sentMs;
    await results[1].get({ timeout: 10 });
    const secondMs = Date.now() - sentMs;

    expect(firstMs).toBeGreaterThanOrEqual(500);
    expect(firstMs).toBeLessThan(1_000); // promised within 100 ms
    expect(secondMs).toBeGreaterThanOrEqual(2_500);
    expect(secondMs).toBeLessThan(3_000);
  });

  test('a task that comes too late does not run', async () => {
    const late = await client.add.applyAsync([1, 1], { countdown: 1.2, expires: 0.2 });

    const error = await late.get({ timeout: 10 }).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(TaskRevokedError);
    expect(error).toMatchObject({ reason: 'expired' });
  });

  test('a chain passes each result on, and its result knows its parents', async () => {
    const { add } = client;

    const result = await chain(add.s(1, 2), add.s(10), add.s(100)).applyAsync();

    await expect(result.get({ timeout: 10 })).resolves.toBe(113);
    await expect(result.parent?.get({ timeout: 10 })).resolves.toBe(13);
    await expect(result.parent?.parent?.get({ timeout: 10 })).resolves.toBe(3);
  });

  test('a step after a failure is marked as failed too', async () => {
    const { app, add } = client;
    const broken = app.signature('fixture.fail', ['no']);

    const result = await chain(broken, add.si(1, 1)).applyAsync();

    await expect(result.get({ timeout: 10 })).rejects.toMatchObject({
      remote: { type: 'RangeError' },
    });
  });

  test('a group gives its results in order, and a chain may end in one', async () => {
    const { add } = client;

    const all = await group([add.s(1, 1), add.s(2, 2), add.s(3, 3)]).applyAsync();
    const last = await chain(add.s(1, 1), group([add.s(10), add.s(20)])).applyAsync();

    await expect(all.get({ timeout: 10 })).resolves.toEqual([2, 4, 6]);
    await expect(all.ready()).resolves.toBe(true);
    await expect(all.completedCount()).resolves.toBe(3);
    await expect(last.get({ timeout: 10 })).resolves.toEqual([12, 22]);
  });

  test('what a task sends is its child, and may be waited for', async () => {
    const result = await send('outer', [5]);

    await expect(result.get({ timeout: 10 })).resolves.toBe(6);
    const [child] = await result.children();
    expect(child).toBeDefined();
  });

  test('a task knows who it is', async () => {
    const id = randomUUID();
    const result = await send('facts', [], { taskId: id });

    await expect(result.get({ timeout: 10 })).resolves.toMatchObject({
      id,
      rootId: id,
      parentId: null,
      retries: 0,
      queue: 'celery',
      name: 'fixture.facts',
      nodeName: expect.stringContaining('@'),
    });
  });

  test('a state of its own is seen while the task runs', async () => {
    const result = await send('step');

    await expect.poll(() => result.state(), { timeout: 10_000, interval: 10 }).toBe('HALFWAY');
    await expect(result.get({ timeout: 10 })).resolves.toBe('whole');
  });

  test('an ignored task leaves no result, a rejected one fails and becomes a dead letter', async () => {
    const ignored = await send('ignored');
    const rejected = await send('rejected');

    await expect(rejected.get({ timeout: 10 })).rejects.toMatchObject({
      remote: { type: 'Reject' },
    });
    await expect(ignored.state()).resolves.toBe('PENDING');
  });

  test('results that nobody wants are not stored', async () => {
    const result = await client.add.applyAsync([1, 2], { ignoreResult: true });
    await (await client.add.delay(1, 2)).get({ timeout: 10 });

    await expect(result.get()).rejects.toMatchObject({ code: 'RESULT_IGNORED' });
    await expect(client.app.asyncResult(result.id).state()).resolves.toBe('PENDING');
  });

  test('an executor that dies takes one task with it, which then runs again', async () => {
    const file = join(tempDir(), 'runs');
    const dying = await send('exits', [file]);
    const neighbours = await Promise.all([1, 2, 3, 4, 5].map((n) => client.add.delay(n, n)));

    await expect(Promise.all(neighbours.map((each) => each.get({ timeout: 10 })))).resolves.toEqual(
      [2, 4, 6, 8, 10],
    );
    await expect(dying.get({ timeout: 30 })).rejects.toMatchObject({
      remote: { type: 'WorkerLostError' },
    });
    expect(readFileSync(file, 'utf8')).toBe('exits\n'.repeat(3));
  });
});

describe.each(pools)('the pool %s', (pool) => {
  test('runs tasks, waits inside them, and shuts down by itself', async () => {
    const url = await stores.redis();
    const worker = await startWorker({ brokerUrl: url, args: ['-P', pool] });
    const { app, add } = clientOf(url);

    const results = await Promise.all(Array.from({ length: 200 }, (_, n) => add.delay(n, 1)));
    const values = await Promise.all(results.map((each) => each.get({ timeout: 20 })));
    worker.kill('SIGTERM');

    expect(values).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
    await expect(worker.exited).resolves.toEqual({ code: 0, signal: null });
    await app.close();
  });
});

/** Keeps the fixture's names and the tests' in step. */
export type Names = keyof Fixture;
