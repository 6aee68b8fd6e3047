import { expect, test } from 'vitest';
import { ParkedMessages } from './parked.ts';

const message = (payload: string) => ({ queue: 'a', step: 0, payload });

test('what is due is taken in the order in which it is due, then in that of coming', () => {
  const parked = new ParkedMessages();
  for (const [payload, dueMs] of [
    ['c', 30],
    ['a', 10],
    ['b1', 20],
    ['b2', 20],
  ] as const) {
    parked.add(message(payload), dueMs);
  }

  expect(parked.nextMs).toBe(10);
  expect(parked.takeDue(20).map(({ payload }) => payload)).toEqual(['a', 'b1', 'b2']);
  expect([parked.size, parked.nextMs]).toEqual([1, 30]);
  expect(parked.takeDue(29)).toEqual([]);
});

test('nothing laid aside is never due', () => {
  const parked = new ParkedMessages();

  expect(parked.nextMs).toBeUndefined();
  expect(parked.takeDue(Number.MAX_SAFE_INTEGER)).toEqual([]);
});
