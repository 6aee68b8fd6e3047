import { randomUUID } from 'node:crypto';
import { Celery, group } from 'celeriac';
import { beforeAll, describe, expect, test } from 'vitest';
import { onFileEnd } from '../support/cleanup.ts';
import { type PythonClient, startPythonClient, startPythonWorker } from '../support/python.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';

const source = `
import time

@app.task
def add(x, y):
    return x + y

@app.task
def stuck(seconds):
    time.sleep(seconds)
`;

let redis: RedisServer;
let app: Celery;
let python: PythonClient;

beforeAll(async () => {
  redis = await startRedis();
  const urls = { brokerUrl: redis.url, backendUrl: redis.url };
  app = new Celery('peer', { broker: redis.url, backend: redis.url });
  onFileEnd(() => app.close());
  [python] = await Promise.all([
    startPythonClient({ ...urls, source, module: 'tasks' }),
    startPythonWorker({ ...urls, source, module: 'tasks' }),
  ]);
});

const add = (x: number, y: number) =>
  app.signature<number>('tasks.add', [x, y], { immutable: true });

describe('groups that are kept', () => {
  test('here are restored by Python, with their members and the step before them', async () => {
    const ours = await group([add(1, 2), add(3, 4)]).applyAsync();

    await ours.save();

    const restored = `GroupResult.restore('${ours.id}', app=app)`;
    expect(await python.evaluate(`${restored}.get(timeout=20)`)).toEqual([3, 7]);
    expect(await python.evaluate(`${restored}.as_tuple()`)).toEqual(ours.asTuple());
    expect(
      await python.evaluate(`app.backend.get('celery-taskset-meta-${ours.id}').decode()`),
    ).toBe(JSON.stringify({ result: ours.asTuple() }).replaceAll(/([:,])/g, '$1 '));
    await ours.delete();
    expect(await python.evaluate(`${restored} is None`)).toBe(true);
  });

  test('by Python are restored here', async () => {
    const id = await python.apply(
      'group(sig("tasks.add", 1, 1), chain(sig("tasks.add", 2, 2), sig("tasks.add", 3)))',
    );
    await python.evaluate(`result_of('${id}').save()`);

    const restored = await app.restoreGroup<[number, number]>(id);

    expect(await restored?.get({ timeout: 20 })).toEqual([2, 7]);
    expect(restored?.results[1].parent?.id).toEqual(expect.any(String));
    expect(await python.evaluate(`result_of('${id}').as_tuple()`)).toEqual(restored?.asTuple());
    await restored?.delete();
    expect(await python.evaluate(`GroupResult.restore('${id}', app=app) is None`)).toBe(true);
  });
});

test('a handle’s JSON is a handle in Python, and the other way round', async () => {
  const ours = await group([add(1, 2), add(3, 4)]).applyAsync();
  const told = JSON.stringify(JSON.stringify(ours));
  const expression = `__import__('celery.result').result.result_from_tuple(__import__('json').loads(${told}), app=app)`;
  expect(await python.evaluate(`${expression}.get(timeout=20)`)).toEqual([3, 7]);

  const id = await python.apply('chain(sig("tasks.add", 1, 1), sig("tasks.add", 5))');
  const handle = app.resultFromTuple(await python.evaluate(`result_of('${id}').as_tuple()`));

  expect(await handle.get({ timeout: 20 })).toBe(7);
  expect(await handle.parent?.get({ timeout: 20 })).toBe(2);
});

describe('a Python worker', () => {
  test('does not run what is revoked here, be it a task or a group', async () => {
    // a worker with one slot hears nothing while it runs: these wait in it for their time
    const one = await app.sendTask('tasks.add', [1, 2], { taskId: randomUUID(), countdown: 2 });
    const two = await group([add(5, 5), add(6, 6)]).applyAsync({ countdown: 2 });

    await one.revoke();
    await two.revoke();

    for (const each of [one, ...two]) {
      await expect(each.get({ timeout: 20 })).rejects.toMatchObject({ code: 'TASK_REVOKED' });
    }
  });
});
