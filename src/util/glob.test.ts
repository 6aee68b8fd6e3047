import { expect, test } from 'vitest';
import { globbed } from './glob.ts';

test.each([
  ['*', '', true],
  ['*', 'a\nb', true],
  ['shop.*', 'shop.pay', true],
  ['shop.*', 'shop.', true],
  ['shop.*', 'shopxpay', false],
  ['*.pay', 'shop.pay.late', false],
  ['*.pay', 'a.pay.pay', true],
  ['a*b*c', 'aXbbXc', true],
  ['a*b*c', 'aXcXb', false],
  ['a**b', 'ab', true],
  ['a?c', 'abc', false],
  ['a?c', 'a?c', true],
  ['(a+)+$*', '(a+)+$', true],
])('%j for %j: %s', (pattern, text, expected) => {
  expect(globbed(pattern)(text)).toBe(expected);
});

test('where it is wished, a question mark is one character', () => {
  const fits = globbed('a?c*', '?');

  expect(['abc', 'a*cd', 'ac', 'abbc'].map(fits)).toEqual([true, true, false, false]);
});

test('many stars and a long text take no time', () => {
  const fits = globbed(`${'*a'.repeat(30)}*b`);
  const startedAt = performance.now();

  expect(fits('a'.repeat(20_000))).toBe(false);
  // a regular expression would not end
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});
