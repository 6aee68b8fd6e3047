import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openBackend, type ResultBackend } from '../../src/backends/index.ts';
import type { ResultMeta } from '../../src/protocol/index.ts';
import { onFileEnd } from '../support/cleanup.ts';
import { useRedis } from '../support/redis.ts';
import { until } from '../support/waits.ts';

const redis = useRedis();

async function open(expiresMs = 60_000): Promise<ResultBackend> {
  const backend = await openBackend(redis().url, {
    ...{ expiresMs, connectTimeoutMs: 4_000, jsonTypes: 'typed' },
  });
  onFileEnd(() => backend.close());
  return backend;
}

function meta(taskId: string, status: string): ResultMeta {
  return {
    ...{ taskId, status, result: 3, error: null, traceback: null, children: [] },
    ...{ dateDone: '2026-01-01T00:00:00+00:00', groupId: null, parentId: null },
  };
}

const store = (backend: ResultBackend, taskId: string, status: string): Promise<void> =>
  backend.apply([backend.write(meta(taskId, status))]);

test('a result is stored under the key of Celery, for as long as it is to be kept', async () => {
  await store(await open(60_000), 'kept', 'STARTED');
  await store(await open(0), 'for-ever', 'STARTED');

  const document = JSON.parse(await redis().cli('GET', 'celery-task-meta-kept'));
  expect(document).toMatchObject({ status: 'STARTED', task_id: 'kept' });
  expect(Number(await redis().cli('PTTL', 'celery-task-meta-kept'))).toBeGreaterThan(50_000);
  expect(await redis().cli('PTTL', 'celery-task-meta-for-ever')).toBe('-1');
});

test('a stored SUCCESS is not overwritten, nor announced again', async () => {
  const backend = await open();
  await store(backend, 'a', 'SUCCESS');
  const waiting = backend.wait('b', AbortSignal.timeout(5_000));

  await backend.apply([
    backend.write(meta('a', 'FAILURE')),
    backend.write(meta('b', 'STARTED')),
    backend.write(meta('b', 'FAILURE')),
  ]);

  expect(await backend.find('a')).toMatchObject({ status: 'SUCCESS' });
  expect(await waiting).toMatchObject({ status: 'FAILURE' });
});

test('a forgotten result is gone, and one never seen is undefined', async () => {
  const backend = await open();
  await store(backend, 'a', 'SUCCESS');

  await backend.forget('a');

  expect(await backend.find('a')).toBeUndefined();
});

test('a waiter finds what was stored before, and hears what is stored later', async () => {
  const backend = await open();
  await store(backend, 'before', 'SUCCESS');
  await store(backend, 'later', 'STARTED');

  const before = backend.wait('before', AbortSignal.timeout(5_000));
  const later = backend.wait('later', AbortSignal.timeout(5_000));
  expect(await before).toMatchObject({ taskId: 'before' });
  await store(backend, 'later', 'SUCCESS');

  expect(await later).toMatchObject({ taskId: 'later', result: 3 });
  expect(await backend.wait('later', AbortSignal.timeout(5_000))).toMatchObject({ result: 3 });
});

test('a waiter whose signal aborts gets its reason, and its channel is left', async () => {
  const backend = await open();
  const controller = new AbortController();
  const waiting = backend.wait('never', controller.signal);
  const channels = (): Promise<string> => redis().cli('PUBSUB', 'CHANNELS', 'celery-task-meta-*');
  await until(async () => (await channels()) === 'celery-task-meta-never', {
    ...{ deadlineMs: 2_000, what: 'the subscription' },
  });

  controller.abort(new Error('enough'));

  await expect(waiting).rejects.toThrow('enough');
  await until(async () => (await channels()) === '', { deadlineMs: 2_000, what: 'it to be left' });
  await expect(backend.wait('never', controller.signal)).rejects.toThrow('enough');
});

test('results stored while the connection is down are found when it is back', async () => {
  const backend = await open();
  const waiting = ['a', 'b'].map((id) => backend.wait(id, AbortSignal.timeout(10_000)));
  await sleep(100);

  await redis().cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await redis().cli(
    'SET',
    'celery-task-meta-a',
    '{"status": "SUCCESS", "result": 3, "task_id": "a"}',
  );
  await redis().cli('CLIENT', 'KILL', 'TYPE', 'normal');
  await redis().cli(
    'SET',
    'celery-task-meta-b',
    '{"status": "SUCCESS", "result": 4, "task_id": "b"}',
  );

  expect(await Promise.all(waiting)).toMatchObject([{ result: 3 }, { result: 4 }]);
});

test('a waiter outlives a restart of the server', async () => {
  const backend = await open();
  const waiting = backend.wait('a', AbortSignal.timeout(10_000));
  await sleep(100);

  await redis().restart();
  await store(backend, 'a', 'SUCCESS');

  expect(await waiting).toMatchObject({ taskId: 'a' });
});

test('ten thousand waiters cost a few commands, not a few each', async () => {
  const backend = await open();
  const ids = Array.from({ length: 10_000 }, (_, place) => `many-${place}`);
  expect(await backend.find('warm')).toBeUndefined();
  await redis().cli('CONFIG', 'RESETSTAT');

  const started = performance.now();
  const waiting = ids.map((id) => backend.wait(id, AbortSignal.timeout(20_000)));
  await backend.apply(ids.map((id) => backend.write(meta(id, 'SUCCESS'))));
  await Promise.all(waiting);

  expect(performance.now() - started).toBeLessThan(10_000);
  const stats = await redis().cli('INFO', 'commandstats');
  const calls = (name: string): number =>
    Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  expect(calls('subscribe')).toBeLessThan(5);
  expect(calls('mget')).toBeLessThan(50);
});

test('the subscriber is closed some time after the last waiter has left', async () => {
  const backend = await open();
  await store(backend, 'a', 'SUCCESS');
  await backend.wait('a', AbortSignal.timeout(5_000));

  const clients = (): Promise<string> => redis().cli('CLIENT', 'LIST', 'TYPE', 'pubsub');
  await until(async () => (await clients()) === '', {
    ...{ deadlineMs: 10_000, what: 'the subscriber to be closed' },
  });
});
