import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EncodeError } from '../errors.ts';
import { parseWireTime, toWireTime } from './time.ts';

const moment = Date.UTC(2024, 0, 2, 3, 4, 5);

test.each([
  ['2024-01-02T03:04:05+00:00', moment],
  ['2024-01-02T03:04:05Z', moment],
  ['2024-01-02T03:04:05', moment],
  ['2024-01-02 03:04:05', moment],
  ['2024-01-02T05:04:05+02:00', moment],
  ['2024-01-01T22:34:05-0430', moment],
  ['2024-01-02T04:04:05+01', moment],
  ['2024-01-02T03:04:05.678901+00:00', moment + 678],
  ['2024-01-02T03:04:05,5Z', moment + 500],
  ['2024-01-02T03:04', moment - 5000],
  ['2024-01-02', Date.UTC(2024, 0, 2)],
  ['20240102T030405Z', moment],
  ['2024-02-29', Date.UTC(2024, 1, 29)],
  ['0001-01-01T00:00:00', -62135596800000],
])('%s is read', (text, ms) => {
  expect(parseWireTime(text)).toBe(ms);
});

test.each([
  ['tomorrow'],
  ['2024'],
  ['2024-13-01'],
  ['2023-02-29'],
  ['2024-01-02T25:00:00'],
  ['2024-01-02T03:04:05+99:00'],
  ['2024-01-02T03:04:05 and more'],
  ['2024-01-02X03:04:05'],
  ['0000-01-01'],
  [''],
  [1],
  [null],
  [undefined],
  [new Date(Number.NaN)],
])('%s is no time', (text) => {
  expect(parseWireTime(text)).toBeUndefined();
});

test('a decoded datetime is taken as it is', () => {
  expect(parseWireTime(new Date(moment))).toBe(moment);
});

test('whole seconds are written without a fraction, others with microseconds', () => {
  expect(toWireTime(moment)).toBe('2024-01-02T03:04:05+00:00');
  expect(toWireTime(moment + 7.9)).toBe('2024-01-02T03:04:05.007000+00:00');
});

test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [Date.UTC(10_000, 0)], [-1e15]])(
  '%d is refused, since Python has no such time',
  (ms) => {
    expect(() => toWireTime(ms)).toThrow(EncodeError);
  },
);

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62135596800000, max: 253402300799999 }), (ms) => {
      expect(parseWireTime(toWireTime(ms))).toBe(ms);
    }),
  );
});
