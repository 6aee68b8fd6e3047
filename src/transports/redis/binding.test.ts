import { expect, test } from 'vitest';
import { queueIn } from './binding.ts';

const row = (...parts: string[]): string => parts.join('\x06\x16');

test('a routing key is looked up among direct rows and patterns', () => {
  const rows = [row('key', '', 'direct'), row('a.*', '^a\\..*?[^\\.]$', 'topic')];

  expect(queueIn(rows, 'key')).toBe('direct');
  expect(queueIn(rows, 'a.b')).toBe('topic');
  expect(queueIn(rows, 'b')).toBeUndefined();
});

test('rows that cannot be read are passed over', () => {
  expect(queueIn(['rubbish', row('x', '(?P<n>', 'q'), row('k', '', 'r')], 'k')).toBe('r');
});
