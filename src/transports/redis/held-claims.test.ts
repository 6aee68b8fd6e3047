import { expect, test } from 'vitest';
import { HeldClaims } from './held-claims.ts';

const aClaim = (number: number) => {
  return { tag: `t.${number}`, number, list: 'q', queue: 'q', payload: '{}' };
};
const heldIn = (buffer: SharedArrayBuffer): number[] =>
  [...new Float64Array(buffer)].slice(1).filter((number) => number > 0);

test('the numbers of held claims stand in shared memory, those of settled ones do not', () => {
  const held = new HeldClaims(() => {});
  for (const number of [1, 2, 3]) held.add(aClaim(number));

  held.remove('t.2');
  held.remove('t.2');
  held.add(aClaim(4));

  expect(heldIn(held.numbers).sort()).toEqual([1, 3, 4]);
  expect(new Float64Array(held.numbers)[0]).toBe(4);
  expect(held.size).toBe(3);
  expect(held.find('t.3')).toEqual(aClaim(3));
  expect(held.find('t.2')).toBeUndefined();
});

test('more claims than there is room for move to a larger memory, and that is told', () => {
  const told: SharedArrayBuffer[] = [];
  const held = new HeldClaims((numbers) => told.push(numbers));

  for (let number = 1; number <= 3_000; number++) held.add(aClaim(number));

  expect(told.at(-1)).toBe(held.numbers);
  expect(heldIn(held.numbers)).toHaveLength(3_000);
});

test('slots are used again', () => {
  const held = new HeldClaims(() => {
    throw new Error('there was room');
  });

  for (let number = 1; number <= 10_000; number++) {
    held.add(aClaim(number));
    held.remove(`t.${number}`);
  }

  expect(heldIn(held.numbers)).toEqual([]);
});
