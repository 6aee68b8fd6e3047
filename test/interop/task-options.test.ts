import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { type PythonClient, startPythonClient } from '../support/python.ts';
import { startRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

const module = fileURLToPath(new URL('../fixtures/task-options.ts', import.meta.url));

let python: PythonClient;

beforeAll(async () => {
  const { url } = await startRedis();
  const args = ['-c', '2', '-Q', 'celery,slow', '-n', 'ours@host', '--set', 'resultExtended=true'];
  await startWorker({ brokerUrl: url, module, args });
  python = await startPythonClient({ brokerUrl: url, backendUrl: url });
});

/** What Python's AsyncResult says of itself. */
function told(id: string, ...names: readonly string[]): Promise<unknown> {
  const parts = names.map((name) => `'${name}': result_of('${id}').${name}`);
  return python.evaluate(`{${parts.join(', ')}}`);
}

test('Python reads STARTED, and by whom and with what a task was run', async () => {
  const file = join(tempDir(), 'notes');
  const id = await python.call('options.held', [file], { kwargs: { gate: `${file}.gate` } });
  const isStarted = async () => (await python.state(id)) === 'STARTED';
  await until(isStarted, { deadlineMs: 10_000, what: () => 'the state STARTED' });

  await expect(told(id, 'info', 'name', 'args', 'kwargs', 'worker')).resolves.toEqual({
    info: { pid: expect.any(Number), hostname: 'ours@host' },
    ...{
      name: 'options.held',
      args: [file],
      kwargs: { gate: `${file}.gate` },
      worker: 'ours@host',
    },
  });
  writeFileSync(`${file}.gate`, '');
  await expect(python.get(id)).resolves.toBe('let go');
  await expect(told(id, 'state', 'name', 'retries', 'queue')).resolves.toEqual({
    ...{ state: 'SUCCESS', name: 'options.held', retries: 0, queue: 'celery' },
  });
});

test('Python is told of the error of a task whose results are ignored', async () => {
  const id = await python.call('options.quiet', [true], { ignore_result: true });
  const hasFailed = async () => (await python.state(id)) === 'FAILURE';
  await until(hasFailed, { deadlineMs: 10_000, what: () => 'the state FAILURE' });

  await expect(told(id, 'name', 'result')).resolves.toEqual({
    ...{ name: 'options.quiet', result: "RangeError('heard')" },
  });
});

test("Python's task tries again on our side, and its last try says how often", async () => {
  const id = await python.call('options.stubborn', [join(tempDir(), 'notes'), 2]);

  await expect(python.get(id)).resolves.toBe(2);
  await expect(told(id, 'retries', 'queue', 'parent')).resolves.toEqual({
    ...{ retries: 2, queue: 'celery', parent: null },
  });
});

test('a next try that we send elsewhere is found there, with the headers that it was given', async () => {
  const id = await python.call('options.moving', [], { headers: { 'x-own': 1 } });

  await expect(python.get(id)).resolves.toMatchObject({
    ...{ retries: 1, queue: 'slow', headers: { 'x-own': 1, 'x-why': 'slow' } },
  });
  await expect(told(id, 'queue')).resolves.toEqual({ queue: 'slow' });
});
