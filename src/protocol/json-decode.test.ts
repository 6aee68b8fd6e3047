import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readVectors } from '../../test/vectors/vectors.ts';
import { DecodeError } from '../errors.ts';
import { decodeJson } from './json-decode.ts';
import { Decimal, PlainDate, PlainTime, Uuid } from './values.ts';

interface DecodeVector {
  readonly json: string;
  readonly python?: string;
  readonly error?: string;
}

/** What Python's reprs of decoded values are here; an instant for each datetime. */
const values: Readonly<Record<string, unknown>> = {
  'datetime.datetime(2024, 1, 2, 3, 4, 5)': new Date('2024-01-02T03:04:05Z'),
  'datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)': new Date(
    '2024-01-02T03:04:05Z',
  ),
  'datetime.datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)': new Date(
    '2024-01-02T03:04:05.678Z',
  ),
  'datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(seconds=7200)))':
    new Date('2024-01-02T01:04:05Z'),
  'datetime.datetime(2024, 1, 2, 0, 0)': new Date('2024-01-02T00:00:00Z'),
  'datetime.date(2024, 1, 2)': new PlainDate('2024-01-02'),
  'datetime.time(3, 4, 5)': new PlainTime('03:04:05'),
  'datetime.time(3, 4)': new PlainTime('03:04'),
  "Decimal('1.10')": new Decimal('1.10'),
  "Decimal('1.5')": new Decimal('1.5'),
  "UUID('16fd2706-8baf-433b-82eb-8c7fada847da')": new Uuid('16fd2706-8baf-433b-82eb-8c7fada847da'),
  "b'abc'": Buffer.from('abc'),
  "b'\\xff\\x00'": Buffer.from([0xff, 0]),
  "{'__type__': 'bytes', '__value__': 'abc', 'extra': 1}": {
    __type__: 'bytes',
    __value__: 'abc',
    extra: 1,
  },
  "{'__type__': 'bytes'}": { __type__: 'bytes' },
  "{'__value__': 'abc'}": { __value__: 'abc' },
  "{'bytes': 'abc', '__bytes__': True}": { bytes: 'abc', __bytes__: true },
  "'2024-01-02T03:04:05Z'": '2024-01-02T03:04:05Z',
  nan: Number.NaN,
  '[inf, -inf]': [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  "{'a': 2}": { a: 2 },
  "'😀'": '😀',
  "'\\ud83d'": '\ud83d',
};

test.each(readVectors<DecodeVector>('5.6.2', 'a_json_decode'))(
  '$json is read as Celery 5.6 reads it',
  ({ json, python }) => {
    if (python === undefined) expect(() => decodeJson(json)).toThrow(DecodeError);
    else expect(decodeJson(json)).toStrictEqual(values[python]);
  },
);

const newer = new Map(
  readVectors<DecodeVector>('5.6.2', 'a_json_decode').map((vector) => [vector.json, vector]),
);

test.each(readVectors<DecodeVector>('5.2.6', 'a_json_decode'))(
  '$json, which Celery 5.2 reads without types, is read as Celery 5.6 reads it',
  ({ json, python = '' }) => {
    const { python: typed } = newer.get(json) ?? {};
    const isTyped = /^{"__type__": .*, "__value__": /.test(json) && !json.includes('extra');

    if (isTyped) expect(python).toMatch(/^{'__type__': .*, '__value__': /);
    else expect(python).toBe(typed ?? '');
    if (typed === undefined) expect(() => decodeJson(json)).toThrow(DecodeError);
    else expect(decodeJson(json)).toStrictEqual(values[typed]);
  },
);

test.each([
  ['9007199254740991', 2 ** 53 - 1],
  ['9007199254740993', 9007199254740993n],
  ['-9007199254740993', -9007199254740993n],
  ['[12345678901234567890123]', [12345678901234567890123n]],
  ['{"a": [1, 9007199254740993]}', { a: [1, 9007199254740993n] }],
  ['1e22', 1e22],
  ['10000000000000000.0', 1e16],
  ['1e999', Number.POSITIVE_INFINITY],
  ['-0.0', -0],
  [' [ 1 , NaN ] ', [1, Number.NaN]],
  [
    '{"\\u005f_type__": "bytes", "__value__": "a"}', // Python sees through escapes, too
    Buffer.from('a'),
  ],
])('%s is read without loss', (text, value) => {
  expect(decodeJson(text)).toStrictEqual(value);
});

test.each([
  ['', 'expected a value at character 0, found its end'],
  ['{', 'expected a key in quotes at character 1, found its end'],
  ['[1,]', `expected a value at character 3, found "]"`],
  ['{"a" 1}', `expected ':' at character 5, found "1"`],
  ['{"a": 1', `expected ',' or '}' at character 7, found its end`],
  ['[1 2]', `expected ',' or ']' at character 3, found "2"`],
  ['1 2', 'expected the end at character 2, found "2"'],
  ['"abc', 'expected a whole string'],
  ['"a\nb"', 'raw control characters'],
  ['nan', 'expected a value'],
  ['01', 'expected the end'],
  ["{'a': 1}", 'expected a key in quotes'],
  ['{"__type__": "nope", "__value__": 1}', "'nope' is no known '__type__'"],
  ['{"__type__": {"toString": 1}, "__value__": 1}', "object is no known '__type__'"],
  ['{"__type__": "decimal", "__value__": "1,5"}', "'1,5' is no decimal number"],
  ['{"__type__": "date", "__value__": "2024-02-30"}', "'2024-02-30' is no date"],
  ['{"__type__": "datetime", "__value__": "soon"}', "datetime cannot be 'soon'"],
  ['{"__type__": "base64", "__value__": "a"}', "base64 cannot be 'a'"],
  ['{"__type__": "bytes", "__value__": "\\ud83d"}', 'half a surrogate pair'],
])('%s is refused, saying why', (text, reason) => {
  expect(() => decodeJson(text)).toThrow(DecodeError);
  expect(() => decodeJson(text)).toThrow(reason);
});

test('an integer of hundreds of digits is read, one of thousands refused', () => {
  expect(decodeJson('9'.repeat(400))).toBe(BigInt('9'.repeat(400)));
  expect(decodeJson(`-${'9'.repeat(4300)}`)).toBe(-BigInt('9'.repeat(4300)));
  expect(() => decodeJson(`-${'9'.repeat(4301)}`)).toThrow('an integer of 4301 digits');
});

test.each([
  ['arrays', '['.repeat(10_000) + ']'.repeat(10_000)],
  ['objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ['unclosed arrays', '['.repeat(100_000)],
  ['arrays around NaN', `${'['.repeat(10_000)}NaN${']'.repeat(10_000)}`],
])('10,000 levels of %s are refused, not overflowed', (_, text) => {
  expect(() => decodeJson(text)).toThrow(/nested more than 1000 levels/);
});

test('a key __proto__ becomes a property of its own and touches no prototype', () => {
  for (const text of ['{"__proto__": {"x": 1}}', '{"__proto__": {"x": NaN}}']) {
    const value = decodeJson(text) as object;

    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect('x' in value).toBe(false);
  }
});

test('a UUID with a version beside its digits gets that version', () => {
  const text =
    '{"__type__": "uuid", "__value__": {"hex": "16fd27068baf033b02eb8c7fada847da", "version": 4}}';

  expect(String(decodeJson(text))).toBe('16fd2706-8baf-433b-82eb-8c7fada847da');
});

test('long strings full of escapes are read in linear time', () => {
  const long = `["${'\\\\'.repeat(500_000)}", NaN, "${'\\"'.repeat(500_000)}"]`;

  expect(decodeJson(long)).toHaveLength(3);
});

/** Characters that take different ways through an encoder; one is half a pair. */
const unit = fc.constantFrom('a', '"', '\\', '\n', '\0', '\x7f', 'é', '\ud83d', '😀');

test('our own reader agrees with JSON.parse on any JSON', () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: unit, maxDepth: 3 }), (text) => {
      fc.pre(!/\d{16}/.test(text)); // JSON.parse rounds
      expect(decodeJson(`[NaN, ${text}]`)).toEqual([Number.NaN, JSON.parse(text)]);
    }),
    { numRuns: 200 },
  );
});

test('our own reader refuses what JSON.parse refuses', () => {
  const broken = fc
    .tuple(fc.json({ maxDepth: 2 }), fc.nat(), fc.constantFrom('"', ',', '}', '[', '\\', 'x', ' '))
    .map(([text, at, extra]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + extra + text.slice(place);
    });

  fc.assert(
    fc.property(broken, (text) => {
      fc.pre(!/\d{16}/.test(text));
      expect(outcome(() => decodeJson(text))).toEqual(outcome(() => JSON.parse(text)));
    }),
    { numRuns: 300 },
  );
});

/** The value, or that there was none. */
function outcome(read: () => unknown): unknown {
  try {
    return { value: read() };
  } catch {
    return 'refused';
  }
}
