import { expect, test } from 'vitest';
import { Celery, runtime } from '../app/index.ts';
import { chord } from '../canvas/index.ts';
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

test('what one of its apps alone reads is read for results, too', async () => {
  const url = 'memory://worker-test-two-apps';
  const first = new Celery('first', { broker: url, backend: url, resultExtended: true });
  const formats = { taskSerializer: 'yaml', acceptContent: ['json', 'yaml'] };
  const second = new Celery('second', { broker: url, backend: url, ...formats });
  const add = second.task({ name: 'second.add' }, (a: number, b: number) => a + b);
  const worker = new Worker({ apps: [first, second], module: '', pool: 'solo' });
  await worker.start();
  try {
    const result = await add.delay(1, 2);

    expect(await result.get({ timeout: 10 })).toBe(3);
    expect(await result.extended()).toMatchObject({ args: [1, 2] });
  } finally {
    await worker.stop();
  }
});

test('a worker that stops sends the bodies of the chords that its last tasks complete', async () => {
  const url = 'memory://worker-test-last-chord';
  const app = new Celery('last', { broker: url, backend: url });
  await using watch = new Celery('watch', { broker: url, backend: url });
  const transport = await watch.transport();
  const worker = new Worker({ apps: [app], module: '', pool: 'solo', queues: ['celery'] });
  const part = app.task({ name: 'last.part' }, () => void worker.stop());
  const body = app.signature('last.body', [], { queue: 'elsewhere' });
  await chord([part.s()], body).delay();

  await worker.start();
  await worker.finished;

  expect(await transport.size('elsewhere')).toBe(1);
});
