import { expect, test } from 'vitest';
import { queuesIn } from './binding.ts';
import { Layout } from './layout.ts';

const row = (...parts: string[]): string => parts.join('\x06\x16');
const layout = new Layout();

test('a routing key is looked up among direct rows and patterns', () => {
  const rows = [row('key', '', 'direct'), row('a.*', '^a\\..*?[^\\.]$', 'topic')];

  expect(queuesIn(layout, rows, 'key')).toEqual(['direct']);
  expect(queuesIn(layout, rows, 'a.b')).toEqual(['topic']);
  expect(queuesIn(layout, rows, 'b')).toEqual([]);
});

test('all queues of a key are found, each once', () => {
  const rows = [row('k', '', 'b'), row('#', '^.*?$', 'b'), row('k', '', 'a')];

  expect(queuesIn(layout, rows, 'k')).toEqual(['a', 'b']);
});

test('rows that cannot be read are passed over', () => {
  expect(queuesIn(layout, ['rubbish', row('x', '(?P<n>', 'q'), row('k', '', 'r')], 'k')).toEqual([
    'r',
  ]);
});
