import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Celery } from 'celeriac';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunningProgram } from '../support/process.ts';
import { storeNames, stores } from '../support/stores.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

const module = fileURLToPath(new URL('../fixtures/task-options.ts', import.meta.url));

describe.each(storeNames)('a worker on %s', (store) => {
  let url: string;
  let worker: RunningProgram;
  let app: Celery;
  let file: string;
  const send = <Result = unknown>(name: string, args: readonly unknown[] = [], options = {}) =>
    app.sendTask<Result>(`options.${name}`, args, options);
  const lines = () =>
    existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];

  beforeAll(async () => {
    url = await stores[store]();
    const args = ['-c', '2', '-Q', 'celery,slow', '--set', 'resultExtended=true'];
    worker = await startWorker({ brokerUrl: url, module, args });
    app = new Celery('options', { broker: url, backend: url });
  });
  beforeEach(() => {
    file = join(tempDir(), 'notes');
  });
  afterAll(async () => {
    await app.close();
    await worker.stop();
  });

  test('tells that a task has started, with its process and the name of its worker', async () => {
    const gate = `${file}.gate`;
    const result = await send('held', [file, gate]);
    const isStarted = async () => (await result.state()) === 'STARTED';
    await until(isStarted, { deadlineMs: 10_000, what: () => 'the state STARTED' });

    await expect(result.info()).resolves.toMatchObject({
      pid: expect.any(Number),
      hostname: expect.stringMatching(/^celeriac@/),
    });
    writeFileSync(gate, '');
    await expect(result.get({ timeout: 10 })).resolves.toBe('let go');
    await expect(result.extended()).resolves.toMatchObject({
      ...{ name: 'options.held', args: [file, gate], kwargs: {}, retries: 0, queue: 'celery' },
    });
    await expect(result.dateDone()).resolves.toBeInstanceOf(Date);
  });

  test('never puts STARTED over what a task has come to', async () => {
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, index) => send('quick', [index % 2 === 1])),
    );
    for (const result of results) await result.get({ timeout: 20, propagate: false });

    await send('quick', [false]).then((last) => last.get({ timeout: 10 }));
    const states = await Promise.all(
      results.map(({ id }) => app.asyncResult(id).state()), // read anew
    );
    expect(new Set(states.filter((_, index) => index % 2 === 0))).toEqual(new Set(['SUCCESS']));
    expect(new Set(states.filter((_, index) => index % 2 === 1))).toEqual(new Set(['FAILURE']));
  });

  test('logs an expected error in one line, without its stack', async () => {
    const result = await send('quick', [true]);
    await result.get({ timeout: 10, propagate: false });

    const [line] = await worker.waitForLine(
      new RegExp(`.*\\[${result.id}\\] raised expected.*`),
      5_000,
    );
    expect(line).toContain('RangeError: as it should');
    expect(line).toMatch(/INFO/i);
    expect(line).not.toContain('task-options.ts');
  });

  test('tries again by itself, until it works or no tries are left', async () => {
    const works = await send('stubborn', [file, 1]);
    await expect(works.get({ timeout: 20 })).resolves.toBe(1);
    const hopeless = await send('stubborn', [file, 99]);

    await expect(hopeless.get({ timeout: 20 })).rejects.toMatchObject({
      remote: { type: 'RangeError', args: ['failed 2'] },
    });
    expect(lines()).toEqual(['try 0', 'try 1', 'try 0', 'try 1', 'try 2']);
  });

  test('sends a next try where the task says', async () => {
    const result = await send('moving');

    await expect(result.get({ timeout: 10 })).resolves.toEqual({
      ...{ retries: 1, queue: 'slow', priority: 9, headers: { 'x-why': 'slow' } },
    });
  });

  test('stores the errors of a task whose results are ignored, if it says so', async () => {
    const sent = async (fails: boolean) =>
      app.asyncResult((await send('quiet', [fails], { ignoreResult: true })).id);
    const [fails, works] = [await sent(true), await sent(false)];

    await expect(fails.get({ timeout: 10 })).rejects.toMatchObject({ remote: { args: ['heard'] } });
    await worker.waitForLine(new RegExp(`\\[${works.id}\\] succeeded`), 5_000);
    await expect(works.state()).resolves.toBe('PENDING');
  });

  test('does not run a task again that says so, though its executor died', async () => {
    const result = await send('fragile', [file]);

    await expect(result.get({ timeout: 20 })).rejects.toMatchObject({
      remote: { type: 'WorkerLostError' },
    });
    expect(lines()).toEqual(['run']);
  });

  test('moves a task that fails to the dead letters, if it says so', async () => {
    const result = await send('buried');
    await expect(result.get({ timeout: 10 })).rejects.toThrow('to the dead letters');

    await expect((await app.transport()).size('celery')).resolves.toBe(0);
    await expect(deadLetters(result.id)).resolves.toBe(1);
  });

  test('calls hooks where the task runs, in their order', async () => {
    await (await send('hooked', [file, false])).get({ timeout: 10 });
    expect(lines()).toEqual(['before', 'run', 'onSuccess 7', 'after SUCCESS']);

    await (await send('hooked', [file, true])).get({ timeout: 10, propagate: false });
    expect(lines().slice(4)).toEqual([
      'before',
      'run',
      'onFailure RangeError: no',
      'after FAILURE',
    ]);
  });

  test('lists nothing that a task sent which leaves no trail', async () => {
    const result = await send('secretive');

    await expect(result.get({ timeout: 10 })).resolves.toBe('done');
    await expect(result.children()).resolves.toEqual([]);
  });

  /** How many dead letters of the queue have that id. */
  async function deadLetters(id: string): Promise<number> {
    if (store === 'sqlite') {
      const { default: Database } = await import('libsql');
      const database = new Database(url.slice('sqlite:'.length));
      try {
        const query = database.prepare(
          'select count(*) as count from dead_letter where payload like ?',
        );
        return (query.get(`%${id}%`) as { count: number }).count;
      } finally {
        database.close();
      }
    }
    const { Redis } = await import('ioredis');
    const redis = new Redis(url);
    try {
      const letters = await redis.lrange('celery.dead', 0, -1);
      return letters.filter((each) => each.includes(id)).length;
    } finally {
      redis.disconnect();
    }
  }
});
