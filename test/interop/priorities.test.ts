import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Celery } from 'celeriac';
import { expect, onTestFinished, test } from 'vitest';
import { startPythonClient } from '../support/python.ts';
import { startRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

test("priorities of Python's producers, and none, mean what ours mean", async () => {
  const { url } = await startRedis();
  const file = join(tempDir(), 'order');
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
  const app = new Celery('priorities', { broker: url, backend: url });
  onTestFinished(() => app.close());
  const ours = (text: string, options = {}) =>
    app.sendTask('fixture.note', [file, text, 0], options);
  const python = await startPythonClient({ brokerUrl: url, backendUrl: url });
  const theirs = (text: string, options = {}) =>
    python.call('fixture.note', [file, text, 0], options);
  await startWorker({ brokerUrl: url, args: ['-c', '1'] });

  await app.sendTask('fixture.note', [file, 'busy', 3_000]);
  await until(() => lines().includes('busy'), { deadlineMs: 20_000, what: 'a busy worker' });
  await ours('our 9', { priority: 9 });
  await theirs('their 9', { priority: 9 });
  await theirs('their 4', { priority: 4 });
  await ours('our 4', { priority: 4 });
  await theirs('theirs without');
  await ours('ours without');
  await theirs('their 0', { priority: 0 });
  await until(() => lines().length > 8, { deadlineMs: 20_000, what: 'all tasks' });

  expect(lines().slice(1, 8)).toEqual([
    ...['theirs without', 'ours without', 'their 0'],
    ...['their 4', 'our 4', 'our 9', 'their 9'],
  ]);
});
