import { expect, test } from 'vitest';
import { DecodeError } from '../errors.ts';
import { decodeMsgpack, encodeMsgpack } from './msgpack.ts';
import { PlainDate } from './values.ts';
import { decodeYaml, encodeYaml } from './yaml.ts';

test.each([
  ['1e3', '1e3'], // a float has a point in Python
  ['y', 'y'],
  ['on', true],
  ['017', 15],
  ['-0x1f', -31],
  ['1:30', 90],
  ['-1:30.5', -90.5],
  ['1_000', 1000],
  ['.5', 0.5],
  ['1.5e+3', 1500],
  ['-.inf', Number.NEGATIVE_INFINITY],
  ['9007199254740993', 9007199254740993n],
  ['<<', '<<'],
  ['~', null],
  ['2024-01-02', new PlainDate('2024-01-02')],
  ['2024-01-02 03:04:05.678', new Date('2024-01-02T03:04:05.678Z')],
  ['2024-1-2t3:04:05 +2', new Date('2024-01-02T01:04:05Z')],
])('the word %s of yaml is what it is in Python', (text, value) => {
  expect(decodeYaml(text)).toStrictEqual(value);
});

test.each([['2024-02-30'], ['2024-01-02 30:00:00'], ['9'.repeat(4301)]])(
  '%s is refused, as it is in Python',
  (text) => {
    expect(() => decodeYaml(text)).toThrow(DecodeError);
  },
);

test.each([
  [new Date('2024-01-02T00:00:00Z'), '2024-01-02T00:00:00.000Z\n'],
  [-0, '-0.0\n'],
  [1e16, '10000000000000000.0\n'],
  [2 ** 53 - 1, '9007199254740991\n'],
  ['\uffff\x7fé😀', '"\\uffff\\u007f\\u00e9\\U0001f600"\n'],
])('%s is written so that Python reads it', (value, text) => {
  expect(encodeYaml(value)).toBe(text);
});

test.each([2 ** 32, -(2 ** 31) - 1, 2 ** 53 - 1])(
  'the integer %d is one in msgpack, too',
  (value) => {
    const [first] = encodeMsgpack(value);

    expect([0xcf, 0xd3]).toContain(first); // 64 bits with and without sign
    expect(decodeMsgpack(encodeMsgpack({ a: [value] }))).toEqual({ a: [value] });
  },
);
