import { expect, test } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

test.each([
  ['', '', 0],
  ['abc', 'abc', 0],
  ['abc', 'abd', 1],
  ['abc', 'acb', 1],
  ['abc', '', 3],
  ['kitten', 'sitting', 3],
])('from %j to %j it is %i edits', (from, to, edits) => {
  expect(editDistance(from, to)).toBe(edits);
});

test('the nearest of several candidates is found', () => {
  expect(nearest('wroker', ['call', 'worker', 'purge'])).toBe('worker');
});

test('case, underscores and hyphens do not count', () => {
  expect(nearest('task_acks_late', ['taskAcksLate', 'taskAckLate'])).toBe('taskAcksLate');
});

test('what resembles nothing has no nearest', () => {
  expect(nearest('zzzzzz', ['worker', 'call'])).toBeUndefined();
  expect(nearest('ab', ['xy'])).toBeUndefined();
});

test('a name of a million characters costs no more than the reading of it', () => {
  const startedAt = performance.now();

  expect(nearest('x'.repeat(2_000_000), ['worker', 'call', 'purge'])).toBeUndefined();
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
