import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readVectors } from '../../test/vectors/vectors.ts';
import { argsRepr, kwargsRepr, pythonRepr } from './repr.ts';
import { Decimal, PlainDate, PlainTime, Uuid } from './values.ts';

interface ReprVector {
  readonly python: string;
  readonly saferepr_1024: string;
  readonly saferepr_128: string;
  readonly saferepr_default: string;
}

const range = (length: number) => Array.from({ length }, (_, index) => index);
const numbered = range(200).map((i) => [`k${String(i).padStart(3, '0')}`, i] as const);

/** The arguments of the captured tuples, by the beginning of their Python text. */
const argLists: Readonly<Record<string, readonly unknown[]>> = {
  '()': [],
  '(1,)': [1],
  '(1, 2)': [1, 2],
  '("it\'s",)': ["it's"],
  '(\'say "hi"\',)': ['say "hi"'],
  "('both \\' and \"',)": ['both \' and "'],
  "('line\\nbreak\\ttab\\\\',)": ['line\nbreak\ttab\\'],
  "('hé ☃ 😀',)": ['hé ☃ 😀'],
  "('\\x00\\x7f\\x80\\u200b',)": ['\x00\x7f\x80\u200b'],
  "(b'abc',)": [Buffer.from('abc')],
  "(b'\\xff',)": [Uint8Array.of(0xff)],
  '(1180591620717411303424,)': [1180591620717411303424n],
  "(Decimal('1.10'),)": [new Decimal('1.10')],
  "(UUID('00000000-0000-0000-0000-000000000001'),)": [
    new Uuid('00000000-0000-0000-0000-000000000001'),
  ],
  '([[[[[[1]]]]]],)': [[[[[[[1]]]]]]],
  "({'a': {'b': {'c': {'d': {'e': 1}}}}},)": [{ a: { b: { c: { d: { e: 1 } } } } }],
  '([0, 1, 2, 3,': [range(400)],
  "('xxxxxxxxxxx": ['x'.repeat(2000)],
  "('xxx', 'yyy'": ['x'.repeat(1000), 'y'.repeat(1000)],
  "({'k000': 0, ": [Object.fromEntries(numbered)],
  "(b'zzzzzzzzzz": [Buffer.alloc(2000, 'z')],
};

/** Values of ours for captured ones that are no tuples. */
const others: Readonly<Record<string, unknown>> = {
  "[1, 'a']": [1, 'a'],
  '{}': {},
  "{'a': 1}": { a: 1 },
  '{1, 2}': new Set([1, 2]),
  'set()': new Set(),
};

/** What JavaScript has not: tuples inside, frozen sets, mutable bytes, floats that are integers, naive datetimes. */
const without = [
  ...["{'b': [1, {'c': (1,)}], 'a': None}", 'frozenset({1})', 'frozenset()', "(bytearray(b'a'),)"],
  ...['(True, None, 1.0, 1e+16, 1e+22, 1e-05, 0.1, nan, inf, -0.0)', '(P(x=1, y=2),)'],
  '(datetime.datetime(2024, 1, 2, 3, 4, 5),)',
];

const captured = (['5.2.6', '5.6.2'] as const).flatMap((version) =>
  readVectors<ReprVector>(version, 'a_saferepr').map((vector) => ({ ...vector, version })),
);

const tuples = captured.flatMap((vector) => {
  const { python } = vector;
  const start = python.includes("'yyy") ? "('xxx', 'yyy'" : python.slice(0, 13);
  const args = argLists[python] ?? argLists[start];
  return args ? [{ ...vector, args }] : [];
});

test('the captured values of both versions are all found', () => {
  const found = new Set([
    ...tuples.map(({ python }) => python),
    ...Object.keys(others),
    ...without,
  ]);

  expect(captured.filter(({ python }) => !found.has(python))).toEqual([]);
  expect(tuples).toHaveLength(2 * Object.keys(argLists).length);
});

test.each(captured.filter(({ python }) => python in others))(
  '$python is shown as Celery $version shows it',
  ({ python, ...vector }) => {
    const value = others[python];

    expect(pythonRepr(value)).toBe(vector.saferepr_1024);
    expect(pythonRepr(value, 128)).toBe(vector.saferepr_128);
    expect(pythonRepr(value, Number.POSITIVE_INFINITY)).toBe(vector.saferepr_default);
  },
);

test.each(tuples)('arguments are shown as Celery $version shows them: $saferepr_128', (vector) => {
  expect(argsRepr(vector.args)).toBe(vector.saferepr_1024);
});

test.each([
  [[1, 'a'], "[1, 'a']"],
  [{ a: 1 }, "{'a': 1}"],
  [{ b: [1, { c: [1] }], a: null }, "{'b': [1, {'c': [...]}], 'a': None}"],
  [new Set([1, 2]), '{1, 2}'],
  [new Set(), 'set()'],
  [new Map([['a', true]]), "{'a': True}"],
  [
    [false, undefined, 0.1, 1e-5, 1e22, Number.NaN, -0],
    '[False, None, 0.1, 1e-05, 1e+22, nan, -0.0]',
  ],
  [Number.NEGATIVE_INFINITY, '-inf'],
  [
    new Date('2024-01-02T03:04:05.678Z'),
    'datetime.datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)',
  ],
  [
    new Date('2024-01-02T03:04:00Z'),
    'datetime.datetime(2024, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)',
  ],
  [new PlainDate('2024-01-02'), 'datetime.date(2024, 1, 2)'],
  [new PlainTime('03:04:05'), 'datetime.time(3, 4, 5)'],
  [
    new PlainTime('03:04-02:00'),
    'datetime.time(3, 4, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=79200)))',
  ],
  [new RangeError('x'), "RangeError('x')"],
  [Symbol('x'), 'Symbol(x)'],
  [Object('boxed'), "'boxed'"],
])('%s is shown as Python would', (value, text) => {
  expect(pythonRepr(value)).toBe(text);
});

describe('a text that is too long', () => {
  test.each([
    [[1, [2], { a: 3 }], 1, '[, ...]'],
    [[1, [2], { a: 3 }], 2, '[1..., ...]'],
    [[1, [2], { a: 3 }], 4, '[1, , ...]]'],
    [[1, [2], { a: 3 }], 8, '[1, [2], , ...}]'],
    [[1, [2], { a: 3 }], 12, "[1, [2], {'a', ...}]"],
    [['hello world qqqqqqqqqqqqqqqqqqqqqqqqqqqqq'], 30, "['hello world...']"],
    [Buffer.from('abcdef'), 4, "b'abcd...'"],
    ['😀😀', 3, "'😀😀'"], // characters are counted as Python counts them
    ['😀😀😀', 2, "'😀😀...'"],
    [['😀😀', 'b'], 7, "['😀😀', , ...]"],
  ])('is cut: %j to %i', (value, length, text) => {
    expect(pythonRepr(value, length)).toBe(text);
  });

  test('stays near the limit, however long', () => {
    const value = [{ a: 'x y '.repeat(9999), b: range(9999) }];

    expect(pythonRepr(value, 100).length).toBeLessThan(130);
  });
});

test('keyword arguments are shown as a dict', () => {
  expect(kwargsRepr({})).toBe('{}');
  expect(kwargsRepr({ a: [1, { b: null }], c: true })).toBe("{'a': [1, {'b': None}], 'c': True}");
});

test('a cycle ends at the third level', () => {
  const cycle: unknown[] = [1];
  cycle.push(cycle);

  expect(argsRepr([cycle])).toBe('([1, [1, [...]]],)');
});

test('no value makes it throw', () => {
  const hostile = {
    get a(): unknown {
      throw new Error('boom');
    },
  };

  expect(argsRepr([1, hostile])).toContain('<unprintable>');
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), (value) => {
      expect(typeof argsRepr([value])).toBe('string');
    }),
  );
});
