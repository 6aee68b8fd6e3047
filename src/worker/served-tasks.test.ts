import { expect, test } from 'vitest';
import { Celery, sharedTask } from '../app/index.ts';
import { servedTasks } from './served-tasks.ts';

sharedTask({ name: 'lib.ping' }, () => 'shared');

test('a shared task is served once, for the first app or for one that has its own in its place', () => {
  const [one, two, three] = [new Celery('one'), new Celery('two'), new Celery('three')];
  const own = three.task({ name: 'lib.ping' }, () => 'own');

  expect(servedTasks([one, two]).get('lib.ping')?.app).toBe(one);
  expect(servedTasks([one, three, two]).get('lib.ping')).toBe(own);
});

test('two own tasks of one name are refused', () => {
  const [one, two] = [new Celery('one'), new Celery('two')];
  for (const app of [one, two]) app.task({ name: 'lib.ping' }, () => 'own');

  expect(() => servedTasks([one, two])).toThrow("have a task named 'lib.ping'");
});
