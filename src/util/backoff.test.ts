import { expect, test } from 'vitest';
import { retryDelay } from './backoff.ts';

test('the delay doubles with each retry and stops at the maximum', () => {
  const delays = [0, 1, 2, 3, 4].map((retries) => retryDelay(retries, { factor: 2, maximum: 20 }));

  expect(delays).toEqual([2, 4, 8, 16, 20]);
});

test('jitter gives whole seconds from 0 to the delay, both included', () => {
  const withRandom = (random: number) =>
    retryDelay(2, { factor: 1, maximum: 60, random: () => random });

  expect([0, 0.5, 0.999].map(withRandom)).toEqual([0, 2, 4]);
});

test('a huge number of retries is the maximum, not infinity', () => {
  expect(retryDelay(5000, { factor: 1, maximum: 600 })).toBe(600);
});
