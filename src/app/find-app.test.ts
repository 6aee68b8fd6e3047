import { expect, test } from 'vitest';
import { Celery } from './celery.ts';
import { findApps } from './find-app.ts';

const first = new Celery('first');
const second = new Celery('second');
const third = new Celery('third');

test('the app called app comes first, then the one called celery, then all others', () => {
  const exported = { a: first, celery: second, app: third, other: 5, again: first };

  expect(findApps(exported, 'tasks.ts')).toEqual([third, second, first]);
});

test('without such a name the first one is the main one', () => {
  expect(findApps({ five: 5, b: second, a: first }, 'tasks.ts')).toEqual([second, first]);
});

test('a name in the spec means that app alone', () => {
  expect(findApps({ app: first, billing: second }, 'tasks.ts:billing')).toEqual([second]);
});

test('an app may be in the default export, or be it', () => {
  expect(findApps({ default: first }, 'tasks.ts')).toEqual([first]);
  expect(findApps({ default: { app: first, other: second } }, 'tasks.cjs')).toEqual([
    first,
    second,
  ]);
});

test('a module without an app is refused with what it exports', () => {
  expect(() => findApps({ add: () => {}, five: 5 }, 'src/tasks.ts')).toThrow(
    "no Celery instance among the exports of 'src/tasks.ts', which has 'add', 'five'; export one",
  );
  expect(() => findApps({}, 'tasks')).toThrow('which has none');
});

test('a name that means no app is refused with the nearest that does', () => {
  expect(() => findApps({ billing: first }, 'tasks.ts:biling')).toThrow(
    "'tasks.ts' exports no 'biling', which has 'billing'; did you mean 'tasks.ts:billing'?",
  );
  expect(() => findApps({ five: 5, app: first }, 'tasks.ts:five')).toThrow(
    "'five' of 'tasks.ts' is no Celery instance; did you mean 'tasks.ts:app'?",
  );
});
