import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Celery, type CeleryOptions } from 'celeriac';
import { beforeEach, describe, expect, test } from 'vitest';
import { onFileEnd } from '../support/cleanup.ts';
import type { RunningProgram } from '../support/process.ts';
import { startRedis } from '../support/redis.ts';
import { stores } from '../support/stores.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

/** What each setting changes, seen from outside; `src/config/proofs.test.ts` lists who proves which. */

let url: string;
let app: Celery;
let file: string;

function clientOf(options: CeleryOptions = {}): Celery {
  const client = new Celery('fixture', { broker: url, backend: url, ...options });
  onFileEnd(() => client.close());
  return client;
}

function send(name: string, args: readonly unknown[] = []) {
  return app.sendTask(`fixture.${name}`, args);
}

/** A worker with one slot, and the settings of a test. */
function workerWith(...settings: string[]): Promise<RunningProgram> {
  const flags = settings.flatMap((setting) => ['--set', setting]);
  return startWorker({ brokerUrl: url, args: ['-c', '1', ...flags] });
}

const entry = new URL('../../dist/index.js', import.meta.url).href;
const addOnly = `import { Celery } from '${entry}';
export const app = new Celery('fixture');
app.task(function add(a, b) { return a + b; });`;

function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

function lines(count: number): Promise<true> {
  const what = () => `${count} lines, got ${linesOf(file).length}`;
  return until(() => linesOf(file).length >= count, { deadlineMs: 20_000, what });
}

async function sizeIs(size: number): Promise<void> {
  const transport = await app.transport();
  let seen = -1;
  const isIt = async () => {
    seen = await transport.size('celery');
    return seen === size;
  };
  await until(isIt, { deadlineMs: 10_000, what: () => `a queue of ${size}, not of ${seen}` });
}

describe('on the embedded file', () => {
  beforeEach(async () => {
    url = await stores.sqlite();
    app = clientOf();
    file = join(tempDir(), 'runs');
  });

  const lost = { remote: { type: 'WorkerLostError' } };

  test('taskDeliveryLimit: after so many lost executors a message is a dead letter', async () => {
    await workerWith('taskDeliveryLimit=2');
    const result = await send('exits', [file]);

    await expect(result.get({ timeout: 20 })).rejects.toMatchObject(lost);
    expect(linesOf(file)).toHaveLength(2);
  });

  test('taskAcksLate: acked early, a task whose executor died has failed and is not run again', async () => {
    const worker = await workerWith('taskAcksLate=false');
    const result = await send('exits', [file]);

    await expect(result.get({ timeout: 20 })).rejects.toMatchObject(lost);
    await (await send('add', [1, 1])).get({ timeout: 20 });
    expect(linesOf(file)).toHaveLength(1);
    expect(worker.lines.filter((line) => /dead letters/.test(line))).toEqual([]);
  });

  test('taskRejectOnWorkerLost: switched off, such a task has failed, too', async () => {
    const worker = await workerWith('taskRejectOnWorkerLost=false');
    const result = await send('exits', [file]);

    await expect(result.get({ timeout: 20 })).rejects.toMatchObject(lost);
    await (await send('add', [1, 1])).get({ timeout: 20 });
    expect(linesOf(file)).toHaveLength(1);
    expect(worker.lines.filter((line) => /dead letters/.test(line))).toEqual([]);
  });

  test('taskStoreErrorsEvenIfIgnored: an error is kept though nobody wants the result', async () => {
    await workerWith('taskStoreErrorsEvenIfIgnored=true');
    const { id } = await app.sendTask('fixture.fail', ['no'], { ignoreResult: true });

    await expect(app.asyncResult(id).get({ timeout: 20 })).rejects.toMatchObject({
      remote: { type: 'RangeError' },
    });
  });

  test('taskUnknownRetryFor: with no patience an unknown task is a dead letter at once', async () => {
    const worker = await workerWith('taskUnknownRetryFor=0');
    const result = await app.sendTask('never.heard');

    await worker.waitForLine(/never\.heard.*dead letters/, 10_000);
    await expect(result.get({ timeout: 10 })).rejects.toMatchObject({
      remote: { type: 'NotRegistered' },
    });
  });

  test('taskMaxPayload: a worker has what is larger among the dead letters, and tells who waits', async () => {
    const worker = await workerWith('taskMaxPayload=2000');
    const large = await send('add', ['x'.repeat(3_000), 'y']);

    await expect(large.get({ timeout: 20 })).rejects.toThrow(
      "it is larger than the 2000 bytes of 'taskMaxPayload'",
    );
    await worker.waitForLine(/fixture\.add.*dead letters/, 10_000);
    await expect((await send('add', [1, 1])).get({ timeout: 20 })).resolves.toBe(2);
  });

  test('workerShutdownTimeout: what runs longer is aborted and put back', async () => {
    const worker = await workerWith('workerShutdownTimeout=0.1');
    await send('untilAborted', [file]);
    await lines(1);

    worker.kill('SIGTERM');

    await expect(
      Promise.race([worker.exited, onTimeout(10_000)]), // 25 s without the setting
    ).resolves.toEqual({ code: 0, signal: null });
    await sizeIs(1);
  });

  test('workerPrefetchMultiplier: messages are claimed behind a task that runs', async () => {
    await workerWith('workerPrefetchMultiplier=20', 'workerShutdownTimeout=0.1');
    await send('untilAborted', [file]);
    await lines(1);

    for (let count = 0; count < 5; count++) await send('note', [file, 'waits']);

    await sizeIs(0); // they wait in the worker; without the setting none would
  });

  test('workerConcurrency and workerPool: so many tasks run at once, there', async () => {
    const settings = ['workerPool=async', 'workerConcurrency=3', 'workerShutdownTimeout=0.1'];
    const flags = settings.flatMap((setting) => ['--set', setting]);
    const worker = await startWorker({ brokerUrl: url, args: flags });
    for (let count = 0; count < 4; count++) await send('untilAborted', [file]);

    await lines(3);
    await sizeIs(1);

    expect(worker.lines).toContain('pool: async, 3 at once');
    expect(linesOf(file)).toHaveLength(3); // there is no slot for the fourth
  });

  test('jsonTypes: plain, a date travels as a text', async () => {
    await workerWith();
    const date = new Date(0);
    const plain = clientOf({ jsonTypes: 'plain' });

    const asDate = await send('greet', [date, 'on']);
    const asText = await plain.sendTask('fixture.greet', [date, 'on']);

    await expect(asDate.get({ timeout: 20 })).resolves.toBe(`on ${String(date)}`);
    await expect(asText.get({ timeout: 20 })).resolves.toMatch(/^on 1970-01-01T00:00:00/);
  });
});

describe('on Redis', () => {
  test('taskAcksOnFailureOrTimeout: switched off, the message of a failed task is a dead letter', async () => {
    const redis = await startRedis();
    url = redis.url;
    app = clientOf();
    await workerWith('taskAcksOnFailureOrTimeout=false');

    const result = await send('fail', ['no']);

    await expect(result.get({ timeout: 20 })).rejects.toMatchObject({ code: 'TASK_FAILED' });
    await expect(redis.cli('LLEN', 'celery.dead')).resolves.toBe('1');
  });

  test('resultExpires: a result is kept so long', async () => {
    const redis = await startRedis();
    url = redis.url;
    app = clientOf();
    await workerWith('resultExpires=100');

    const result = await send('add', [1, 1]);
    await result.get({ timeout: 20 });

    const left = Number(await redis.cli('TTL', `celery-task-meta-${result.id}`));
    expect(left).toBeGreaterThan(90);
    expect(left).toBeLessThanOrEqual(100);
  });

  test('resultExtended: a result says what was called', async () => {
    const redis = await startRedis();
    url = redis.url;
    app = clientOf();
    await workerWith('resultExtended=true');

    const result = await send('add', [1, 1]);
    await result.get({ timeout: 20 });

    const stored: unknown = JSON.parse(await redis.cli('GET', `celery-task-meta-${result.id}`));
    expect(stored).toMatchObject({ name: 'fixture.add', args: [1, 1], queue: 'celery' });
  });

  test('resultExpires: null is for ever', async () => {
    const redis = await startRedis();
    url = redis.url;
    app = clientOf();
    await workerWith('resultExpires=null');
    const kept = await send('add', [1, 1]);
    await kept.get({ timeout: 20 });

    expect(await redis.cli('TTL', `celery-task-meta-${kept.id}`)).toBe('-1');
  });

  test('brokerTransportOptions.visibilityTimeout: a claim of Python’s that is older goes back', async () => {
    const redis = await startRedis();
    url = redis.url;
    app = clientOf();
    const result = await send('add', [1, 1]);
    const payload = await redis.cli('RPOP', 'celery');
    const claimedS = Date.now() / 1000 - 20;
    await redis.cli('HSET', 'unacked', 'a-tag', `[${payload},"celery","celery"]`);
    await redis.cli('ZADD', 'unacked_index', String(claimedS), 'a-tag');

    const module = join(tempDir(), 'tasks.js'); // the fixture's own timeout is short
    writeFileSync(join(module, '../package.json'), '{ "type": "module" }');
    writeFileSync(module, addOnly);
    const args = ['--set', 'brokerTransportOptions.visibilityTimeout=15']; // default: an hour
    await startWorker({ brokerUrl: url, module, args });

    await expect(result.get({ timeout: 20 })).resolves.toBe(2);
  });

  test('brokerConnectionTimeout: who never answers is given up after it', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    onFileEnd(async () => void silent.close());
    await new Promise((resolve) => silent.once('listening', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    url = `redis://127.0.0.1:${port}`;
    app = clientOf({ brokerConnectionTimeout: 0.2 });
    const startedMs = performance.now();

    await expect(app.asyncResult('an-id').state()).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
    });

    expect(performance.now() - startedMs).toBeLessThan(3_000); // default: 4 s
  });
});

/** Says so after a time. */
async function onTimeout(ms: number): Promise<string> {
  const { setTimeout: sleep } = await import('node:timers/promises');
  return sleep(ms, 'too late', { ref: false });
}
