import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fits, topicPattern } from './topic-patterns.ts';

const words = fc.array(fc.constantFrom('*', '#', 'a', 'ab', '', 'é', 'b\n'), {
  minLength: 1,
  maxLength: 5,
});
const keys = fc.array(fc.constantFrom('a', 'b', '.', 'é', '\n', '😀'), { maxLength: 9 });

test('a topic fits what its regular expression fits', () => {
  fc.assert(
    fc.property(words, keys, (topic, key) => {
      const pattern = topicPattern(topic.join('.'));
      const routingKey = key.join('');

      expect(fits(pattern, routingKey)).toBe(new RegExp(pattern, 's').test(routingKey));
    }),
    { numRuns: 2_000 },
  );
});

test('a topic of many wildcards is compared in a moment, however long the key', () => {
  const many = topicPattern(Array.from({ length: 30 }, () => '#').join('.'));

  const startedMs = performance.now();
  const isFit = fits(many, `${'a.'.repeat(20)}\n!`.repeat(50));

  expect(isFit).toBe(true);
  expect(fits(topicPattern('*.*.*.*.*.*.*.*.*.*.*.x'), 'a.'.repeat(2_000))).toBe(false);
  expect(performance.now() - startedMs).toBeLessThan(2_000);
});

test('a pattern of somebody, too costly for a key, is given up and fits nothing any more', () => {
  const startedMs = performance.now();

  expect(fits('^(b+)+$', 'bb')).toBe(true);
  expect(fits('^(b+)+$', `${'b'.repeat(40)}!`)).toBe(false);
  expect(fits('^(b+)+$', 'bb')).toBe(true);
  expect(fits('^(b+)+$', `${'b'.repeat(41)}!`)).toBe(false);
  expect(fits('^(b+)+$', 'bb')).toBe(false);
  expect(performance.now() - startedMs).toBeLessThan(4_000);
});

test('a pattern of somebody fits as a regular expression does', () => {
  expect(fits('^(a|b)\\.c+$', 'b.cc')).toBe(true);
  expect(fits('b', 'abc')).toBe(true);
  expect(fits('^a?$', 'b')).toBe(false);
});
