import { expect, test } from 'vitest';
import { keepNewest } from './keep-newest.ts';

test('what was put in first goes, until no more than so many are left', () => {
  const numbers = new Set([3, 1, 2]);
  keepNewest(numbers, 3);
  expect([...numbers]).toEqual([3, 1, 2]);

  keepNewest(numbers, 1);
  expect([...numbers]).toEqual([2]);
});

test('of a map the keys count', () => {
  const names = new Map([
    ['a', 1],
    ['b', 2],
  ]);
  keepNewest(names, 1);

  expect([...names]).toEqual([['b', 2]]);
});
