import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Celery } from 'celeriac';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oddMessage } from '../support/odd-message.ts';
import type { RunningProgram } from '../support/process.ts';
import { startRedis } from '../support/redis.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

const TASKS = fileURLToPath(new URL('../fixtures/odd-tasks.ts', import.meta.url));
/** What may be in a body, unless `taskMaxPayload` says otherwise. */
const MAX_BYTES = 100_000_000;
/** What reading them may take: a few copies of each text, some of them not collected yet (967 to 1,411 were seen). */
const PEAK_MAX_MB = 2_500;
const DEADLINE_S = 60;

let app: Celery;
let client: Redis;
let worker: RunningProgram;
let startMb: number | undefined;

beforeAll(async () => {
  const { url } = await startRedis();
  client = new Redis(url);
  app = new Celery('huge', { broker: url, backend: url });
  worker = await startWorker({ brokerUrl: url, module: TASKS, args: ['-c', '1'] });
  await good();
  startMb = memoryMb('VmRSS');
});

afterAll(async () => {
  client.disconnect();
  await app.close();
});

test('an argument of 100 MB, just within what may be, is read', async () => {
  await put(withArgument('within', MAX_BYTES));

  await expect(told('within')).resolves.toBe(MAX_BYTES - frame.length);
  await good();
});

test('one byte more is a dead letter, and whoever waits is told', async () => {
  const payload = withArgument('beyond', MAX_BYTES + 4);

  await put(payload);

  await expect(told('beyond')).rejects.toThrow(/larger than the 100000000 bytes/);
  await seeDeadLetter(payload, /larger than the 100000000 bytes of 'taskMaxPayload'/);
  await good();
});

test('the worker took no more memory than a few copies of the long texts', () => {
  const [peakMb, endMb] = [memoryMb('VmHWM'), memoryMb('VmRSS')];

  console.info(`the worker's memory: ${startMb} MB before, ${peakMb} at the most, ${endMb} after`);
  if (process.platform === 'linux') expect(peakMb).toBeLessThan(PEAK_MAX_MB);
});

const frame = '[[""],{},null]';

function withArgument(id: string, bytes: number): string {
  const body = frame.replace('""', () => `"${'x'.repeat(bytes - frame.length)}"`);
  return oddMessage(id, { headers: { task: 'tasks.length' }, body });
}

async function put(payload: string): Promise<void> {
  await client.lpush('celery', payload);
}

function told(id: string): Promise<unknown> {
  return app.asyncResult(id).get({ timeout: DEADLINE_S });
}

async function good(): Promise<void> {
  const result = await app.sendTask('tasks.mul', [6, 7]);
  await expect(result.get({ timeout: DEADLINE_S })).resolves.toBe(42);
}

async function seeDeadLetter(payload: string, reason: RegExp): Promise<void> {
  const id = createHash('sha1').update(payload).digest('hex');
  const note = await until(() => client.hget('celery.dead.info', id), {
    ...{ deadlineMs: DEADLINE_S * 1000, what: 'the dead letter' },
  });
  expect(JSON.parse(note)).toMatchObject({ reason: expect.stringMatching(reason) });
  expect(note.length).toBeLessThan(5_000);
  await client.del('celery.dead', 'celery.dead.info');
}

/** A line of what Linux says of the worker. */
function memoryMb(name: 'VmRSS' | 'VmHWM'): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const status = readFileSync(`/proc/${worker.pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024);
}
