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

test('an annotation that does not hold is told before anything is served', () => {
  const annotate = () => {
    throw new RangeError('no such plan');
  };
  for (const taskAnnotations of [{ 'a.t': { maxRetries: 'two' as never } }, annotate]) {
    const app = new Celery('a', { taskAnnotations });
    app.task({ name: 'a.t' }, () => 1);

    expect(() => servedTasks([app])).toThrow(/^'taskAnnotations' for task/);
  }
});
