import { describe, expect, test } from 'vitest';
import {
  boolean,
  custom,
  flagOr,
  integer,
  names,
  optional,
  record,
  type Setting,
  seconds,
  text,
} from './kinds.ts';

/** What a text comes to: the value, or undefined if it is refused. */
function read(kind: Setting<unknown>, given: string): unknown {
  const parsed = kind.parse(kind.fromText(given));
  return parsed.ok ? parsed.value : undefined;
}

test.each(['true', 'True', 'yes', 'on', '1'])('%s is true', (given) => {
  expect(read(boolean(false, ''), given)).toBe(true);
});

test.each(['false', 'FALSE', 'no', 'off', '0'])('%s is false', (given) => {
  expect(read(boolean(true, ''), given)).toBe(false);
});

test.each(['', 'maybe', '2'])("'%s' is neither", (given) => {
  expect(read(boolean(true, ''), given)).toBeUndefined();
});

test('numbers are read whole, and nothing else is a number', () => {
  const kind = seconds(0, { min: 0 }, '');

  expect(['3600', ' 1.5 ', '1e3'].map((given) => read(kind, given))).toEqual([3600, 1.5, 1000]);
  expect(['', ' ', '5s', 'NaN', 'Infinity'].map((given) => read(kind, given))).toEqual(
    Array(5).fill(undefined),
  );
});

test('a list is joined by commas, or JSON', () => {
  const kind = names([], '');

  expect(read(kind, 'json, yaml')).toEqual(['json', 'yaml']);
  expect([read(kind, '[]'), read(kind, '["a,b"]')]).toEqual([[], ['a,b']]);
  expect(read(kind, 'json,')).toBeUndefined();
  expect(kind.parse('json').ok).toBe(false);
});

test('an object is JSON, and no list or instance', () => {
  const kind = record({}, '');

  expect(read(kind, '{"a": 1}')).toEqual({ a: 1 });
  expect(['[1]', '5', 'x'].map((given) => read(kind, given))).toEqual(Array(3).fill(undefined));
  expect(kind.parse(new Date()).ok).toBe(false);
});

describe('optional', () => {
  test('takes null and what its kind takes, and is null unless another default is named', () => {
    const kind = optional(integer(1, { min: 1 }, ''));

    expect([kind.default, optional(kind, 5).default]).toEqual([null, 5]);
    expect(kind.parse(null)).toEqual({ ok: true, value: null });
    expect([read(kind, '7'), read(kind, 'null'), read(kind, '0')]).toEqual([7, null, undefined]);
    expect(kind.expects).toBe('a whole number from 1, or null');
  });
});

describe('flagOr', () => {
  test('takes true, false and what its kind takes; a number that the kind knows is no switch', () => {
    const kind = flagOr(record({}, ''), true);
    const counted = flagOr(integer(1, { min: 1 }, ''));

    expect([read(kind, 'off'), read(kind, '{"a":1}')]).toEqual([false, { a: 1 }]);
    expect([read(counted, '1'), read(counted, '0')]).toEqual([1, false]);
    expect([kind.default, counted.default]).toEqual([true, false]);
  });
});

test('a text is any text, and a custom kind is JSON unless it reads itself', () => {
  const even: Setting<number> = custom({
    ...{ default: 2, help: '', expects: 'an even number' },
    parse: (value) =>
      typeof value === 'number' && value % 2 === 0 ? { ok: true, value } : { ok: false },
  });

  expect(read(text('', ''), ' a ')).toBe(' a ');
  expect([read(even, '4'), read(even, '3'), read(even, 'x')]).toEqual([4, undefined, undefined]);
  expect(read(custom({ ...even, fromText: (given) => given.length }), 'abcd')).toBe(4);
});
