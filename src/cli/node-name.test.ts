import { expect, test } from 'vitest';
import { expandNodeName } from './node-name.ts';

test.each([
  ['w1', 'w1@web.example.org'],
  ['w1@%h', 'w1@web.example.org'],
  ['w1@%n', 'w1@web'],
  ['%n@%d', 'web@example.org'],
  ['w%%1@x', 'w%1@x'],
])('%s is %s on web.example.org', (text, name) => {
  expect(expandNodeName(text, 'web.example.org')).toBe(name);
});

test.each(['w%i', 'w%', '', 'a b', 'a@b@c', '@host', 'a@', '%d@x'])('%j is refused', (text) => {
  expect(() => expandNodeName(text, 'host')).toThrow(/^-n /);
});
