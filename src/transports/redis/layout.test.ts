import { expect, test } from 'vitest';
import { bindingRow, deadKeys, dueOf, entryTail, listKeyFor, listKeys } from './layout.ts';

test('the lists of queues are tried by step first, by queue second', () => {
  expect(listKeys(['a', 'b'])).toEqual([
    ...['a', 'b', 'a\x06\x163', 'b\x06\x163'],
    ...['a\x06\x166', 'b\x06\x166', 'a\x06\x169', 'b\x06\x169'],
  ]);
});

test.each([
  [0, 'q'],
  [2, 'q'],
  [3, 'q\x06\x163'],
  [5, 'q\x06\x163'],
  [8, 'q\x06\x166'],
  [9, 'q\x06\x169'],
  [10, 'q\x06\x169'],
  [-1, 'q'],
  ['9', 'q'],
  [undefined, 'q'],
])('a message of priority %s goes to the list of the largest step below', (priority, list) => {
  expect(listKeyFor('q', priority)).toBe(list);
});

test('names beside a queue are those of Kombu, and our own', () => {
  expect(bindingRow('q')).toEqual(['_kombu.binding.q', 'q\x06\x16\x06\x16q']);
  expect(deadKeys('q')).toEqual(['q.dead', 'q.dead.info']);
  expect(entryTail('q"1')).toBe(', "", "q\\"1"]');
});

test('the tag of a laid aside claim says when it is due', () => {
  expect(dueOf('parked.c8-ab.7@1763829123.25')).toBe(1763829123.25);
  expect(dueOf('c8-ab.7')).toBeUndefined();
});
