import { expect, test } from 'vitest';
import { group } from '../../canvas/index.ts';
import { TaskRevokedError } from '../../errors.ts';
import { Celery } from '../celery.ts';

function open() {
  const app = new Celery('t', { broker: 'memory://eager', backend: 'memory://eager' });
  const add = app.task({ name: 't.add' }, (a: number, b: number) => a + b);
  const twice = app.task({ name: 't.twice' }, async (n: number) => add.apply([n, n]));
  return { app, add, twice };
}

test('a handle of what ran at once is revoked in hindsight, as in Celery', async () => {
  const { add } = open();
  const handle = await add.apply([1, 2]);
  await expect(handle.get()).resolves.toBe(3);

  await handle.revoke();

  await expect(handle.state()).resolves.toBe('REVOKED');
  await expect(handle.get()).rejects.toThrow(TaskRevokedError);
});

test('a handle that a task returns is a tuple in its result', async () => {
  const { app, twice } = open();
  const handle = await twice.apply([4]);

  const value: unknown = await handle.get();
  const [child] = await handle.children();

  expect(value).toEqual(child?.asTuple());
  expect(app.resultFromTuple(value).id).toBe(child?.id);
});

test('a group of what ran at once is collected, and kept in the app’s backend', async () => {
  const { app, add } = open();
  const handle = await group([add.si(1, 2), add.si(3, 4)]).apply();

  await handle.save();
  const restored = await app.restoreGroup<[number, number]>(handle.id);

  expect(restored?.equals(handle)).toBe(true);
  expect(restored?.results).toHaveLength(2);
  const seen: unknown[] = [];
  for await (const pair of handle) seen.push(pair);
  expect(seen).toEqual([
    [0, 3],
    [1, 7],
  ]);
  await handle.delete();
  await expect(app.restoreGroup(handle.id)).resolves.toBeUndefined();
  await app.close();
});

test('what is no tuple makes no handle', () => {
  const { app } = open();

  expect(() => app.resultFromTuple({ id: 'a' })).toThrow('not the handle of a result');
  expect(() => app.asyncResult('')).toThrow('a result needs the id of its task');
});
