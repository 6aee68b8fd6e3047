import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DecodeError } from '../errors.ts';
import { decodeYaml } from './yaml.ts';

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

test('yaml may be nested, but not so deeply that reading it ends the process', () => {
  expect(JSON.stringify(decodeYaml(nested(190)))).toBe(nested(190));
  for (const text of [
    nested(2_000),
    '- '.repeat(2_000),
    '{a: '.repeat(2_000),
    '? '.repeat(2_000),
  ]) {
    expect(() => decodeYaml(text)).toThrow(DecodeError);
  }
});

test('brackets in a text are no nesting', () => {
  expect(decodeYaml(`"${'['.repeat(1_000)}"`)).toBe('['.repeat(1_000));
});

test('the last of equal keys counts, as in Python', () => {
  expect(decodeYaml('{a: 1, b: 2, a: 3}')).toEqual({ a: 3, b: 2 });
});

test('sets and ordered maps are lists, with integers as everywhere, and contain no cycle', () => {
  expect(decodeYaml('!!set {a, 1}')).toEqual(['a', 1]);
  expect(decodeYaml('!!omap [a: 1, b: {c: 3}]')).toEqual([
    ['a', 1],
    ['b', { c: 3 }],
  ]);
  expect(() => decodeYaml('&a !!omap [x: *a]')).toThrow('contains itself');
});

test('nothing of a message goes to stderr, whatever its keys are', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  expect(() => decodeYaml('{? [1, 2] : 3}')).toThrow('a list or an object as a key'); // as in Python
  await setImmediate();
  process.off('warning', note);

  expect(warnings).toEqual([]);
});

test.each(['--- 1\n--- 2\n', '['])('%j is refused', (text) => {
  expect(() => decodeYaml(text)).toThrow(DecodeError);
});

test('a list may be used as often as Python writes it', () => {
  const value = decodeYaml(`- &id001 [1]\n${'- *id001\n'.repeat(500)}`) as unknown[];

  expect(value).toHaveLength(501);
  expect(value.at(-1)).toEqual([1]);
});

test('an alias stands for the last anchor of its name before it', () => {
  expect(decodeYaml('[&a 1, *a, &a [2, &b x], *a, {*b : *b}]')).toEqual([
    ...[1, 1],
    ...[[2, 'x'], [2, 'x'], { x: 'x' }],
  ]);
});
