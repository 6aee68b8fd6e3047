import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Celery } from 'celeriac';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPythonWorker } from '../support/python.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

/** Python's side of a task that our programs have. */
const PYTHON_TASKS = `
import time

@app.task(name='fixture.note')
def note(path, text, ms=0):
    with open(path, 'a') as file:
        file.write('python ' + text + '\\n')
    time.sleep(ms / 1000)
    return 'python ' + text
`;

/** The fixture's visibility timeout. */
const VISIBILITY_S = 6;

let redis: RedisServer;
let app: Celery;

beforeEach(async () => {
  redis = await startRedis();
  app = new Celery('interop', { broker: redis.url, backend: redis.url });
});
afterEach(() => app.close());

function pythonOptions() {
  return { brokerUrl: redis.url, backendUrl: redis.url, source: PYTHON_TASKS };
}

/** How many claims were last renewed longer ago than that. */
async function claimsOlderThan(seconds: number): Promise<number> {
  const limit = String(Date.now() / 1000 - seconds);
  return Number(await redis.cli('ZCOUNT', 'unacked_index', '-inf', limit));
}

test('Python finishes a task that our worker was killed with', async () => {
  const file = join(tempDir(), 'runs');
  writeFileSync(file, '');
  const ours = await startWorker({ brokerUrl: redis.url, args: ['-c', '1'] });
  const result = await app.sendTask('fixture.note', [file, 'long', 60_000]);
  await until(() => readFileSync(file, 'utf8').includes('long'), {
    deadlineMs: 10_000,
    what: 'our worker to start the task',
  });

  ours.kill('SIGKILL');
  await ours.exited;
  await until(async () => (await claimsOlderThan(VISIBILITY_S)) === 1, {
    deadlineMs: 30_000,
    what: 'the claim to be older than the visibility timeout',
  });
  const options = `app.conf.broker_transport_options = {'visibility_timeout': ${VISIBILITY_S}}`;
  const source = `${options}\n${PYTHON_TASKS.replace('ms / 1000', '0')}`;
  await startPythonWorker({ ...pythonOptions(), source }); // sweeps when it starts

  await expect(result.get({ timeout: 40 })).resolves.toBe('python long');
  expect(readFileSync(file, 'utf8').split('\n').filter(Boolean)).toEqual(['long', 'python long']);
});
