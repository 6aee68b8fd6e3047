import { expect, test } from 'vitest';
import { Celery, runtime } from '../app/index.ts';
import { Worker } from './worker.ts';

test('a worker that cannot start for an annotation says so, and leaves nothing behind', async () => {
  const url = 'memory://worker-test';
  const taskAnnotations = { 'a.t': { maxRetries: 'two' as never } };
  const app = new Celery('a', { broker: url, backend: url, taskAnnotations });
  app.task({ name: 'a.t' }, () => 1);
  const before = runtime();

  const worker = new Worker({ apps: [app], module: '', pool: 'solo' });

  await expect(worker.start()).rejects.toThrow("'taskAnnotations' for task 'a.t'");
  expect(runtime()).toBe(before);
});
