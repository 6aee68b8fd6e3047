import { expect, test } from 'vitest';
import { completeLayout, defaultLayout, stepFor } from './layout-options.ts';

test.each([
  [0, 0],
  [2, 0],
  [3, 3],
  [5, 3],
  [6, 6],
  [8, 6],
  [9, 9],
  [255, 9],
  [-1, 0],
  [undefined, 0],
  ['9', 0],
])('priority %s is served in step %s', (priority, step) => {
  expect(stepFor(defaultLayout.prioritySteps, priority)).toBe(step);
});

test('what is not given is as Kombu has it', () => {
  expect(completeLayout()).toEqual(defaultLayout);
  expect(completeLayout({ sep: ':' })).toEqual({ ...defaultLayout, sep: ':' });
});
