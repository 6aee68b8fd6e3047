import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CeleryVersion, readVectors } from '../../test/vectors/vectors.ts';
import { EncodeError } from '../errors.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson, RawJson } from './json-encode.ts';
import { Decimal, PlainDate, PlainTime, Uuid } from './values.ts';

interface EncodeVector {
  readonly name: string;
  readonly json?: string;
  readonly encode_error?: string;
}

/** Our value for each of Python's. */
const values: Readonly<Record<string, unknown>> = {
  none: null,
  true: true,
  int: 1,
  bigint: 1180591620717411303424n,
  float: 1.5,
  small: 1e-7,
  big: 1e22,
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  ninf: Number.NEGATIVE_INFINITY,
  ascii: 'abc',
  unicode: 'hé ☃ 😀',
  control: 'a\x00\x1f"\\/\x7f',
  list: [1, [2]],
  tuple: [1, 2],
  namedtuple: [1, 2],
  dict: { b: 1, a: 2 },
  nonstring_keys: { 1: 'c', null: 'b', '1.5': 'd' },
  str_enum: 'a',
  date: new PlainDate('2024-01-02'),
  time: new PlainTime('03:04:05'),
  time_us_tz: new PlainTime('03:04:05.000006+00:00'),
  decimal: new Decimal('1.10'),
  decimal_exp: new Decimal('1E+5'),
  decimal_nan: new Decimal('NaN'),
  uuid4: new Uuid('16fd2706-8baf-433b-82eb-8c7fada847da'),
  bytes_utf8: Buffer.from('abcé'),
  bytes_bin: Uint8Array.of(0xff, 0),
  set: new Set([1]),
  frozenset: new Set([1]),
  has_json: { toJSON: () => ({ custom: 1 }) },
  exception: new Error('x'),
  memoryview: new DataView(new ArrayBuffer(1)),
  nested: { a: [new PlainDate('2024-01-02'), { b: Buffer.from('q') }] },
};

/** Python's values that JavaScript has not, or writes on purpose in another way. */
const without = [
  'float_int', // 1.0 is 1
  'datetime_naive', // a Date is an instant, in milliseconds
  'datetime_us',
  'datetime_utc',
  'datetime_off',
  'datetime_zone',
  'timedelta',
  'bytearray',
  'object',
  'complex',
  'lookalike_user_dict', // refused, since nobody could read the message
];

function casesOf(version: CeleryVersion): readonly EncodeVector[] {
  return readVectors<EncodeVector>(version, 'a_json_encode').filter((it) => it.name in values);
}

/** Characters that take different ways through an encoder; one is half a pair. */
const unit = fc.constantFrom('a', '"', '\\', '\n', '\0', '\x7f', 'é', '\ud83d', '😀');

test.each(['5.6.2', '5.2.6'] as const)('every value captured of %s is accounted for', (version) => {
  const names = readVectors<EncodeVector>(version, 'a_json_encode').map(({ name }) => name);

  expect(names.filter((name) => !(name in values) && !without.includes(name))).toEqual([]);
});

describe.each([
  { version: '5.6.2', types: 'typed' },
  { version: '5.2.6', types: 'plain' },
] as const)('the $types form is what Celery $version writes', ({ version, types }) => {
  test.each(casesOf(version))('for $name', ({ name, json }) => {
    const encode = () => encodeJson(values[name], { types });

    if (json === undefined) expect(encode).toThrow(EncodeError);
    else expect(encode()).toBe(json);
  });
});

test.each([
  [new Date('2024-01-02T03:04:05Z'), '2024-01-02T03:04:05+00:00', '2024-01-02T03:04:05Z'],
  [
    new Date('2024-01-02T03:04:05.678Z'),
    '2024-01-02T03:04:05.678000+00:00',
    '2024-01-02T03:04:05.678000Z',
  ],
])('a Date is written in UTC with microseconds: %s', (date, typed, plain) => {
  expect(encodeJson(date)).toBe(`{"__type__": "datetime", "__value__": "${typed}"}`);
  expect(encodeJson(date, { types: 'plain' })).toBe(`"${plain}"`);
});

test('undefined is null in an array and alone, and leaves out a property', () => {
  expect(encodeJson([undefined, { a: undefined, b: 1 }])).toBe('[null, {"b": 1}]');
  expect(encodeJson(undefined)).toBe('null');
  expect(encodeJson({ a: undefined })).toBe('{}');
});

test.each([
  [-0, '-0.0'],
  [2 ** 53 - 1, '9007199254740991'],
  [2 ** 53, '9007199254740992.0'],
  [1e16, '1e+16'],
  [123456789012345680000, '1.2345678901234568e+20'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [-1.5e-7, '-1.5e-07'],
  [5e-324, '5e-324'],
])('the number %d is written as Python would: %s', (value, text) => {
  expect(encodeJson([value])).toBe(`[${text}]`);
});

test('raw JSON is spliced in as it is', () => {
  expect(encodeJson({ a: [new RawJson('{"x":1}')] })).toBe('{"a": [{"x":1}]}');
});

test('boxed primitives, class instances and objects without a prototype are written by content', () => {
  class Point {
    readonly x = 1;
    readonly #hidden = 2;
    sum(): number {
      return this.x + this.#hidden;
    }
  }
  const bare: Record<string, unknown> = Object.create(null);
  bare.a = Object('text');

  expect(encodeJson([new Point(), bare, new URL('http://a/')])).toBe(
    '[{"x": 1}, {"a": "text"}, "http://a/"]',
  );
});

const cycle: { self?: unknown } = {};
cycle.self = { again: [cycle] };

/** 10,000 arrays, one in the other. */
function deep(): unknown {
  let value: unknown[] = [];
  for (let level = 0; level < 10_000; level++) value = [value];
  return value;
}

test.each([
  ['a function', [{ price: () => 1 }], 'args[0].price', 'a function has no JSON form'],
  ['a symbol', [Symbol('x')], 'args[0]', 'a symbol has no JSON form'],
  ['a Map', [{ 'my key': new Map() }], 'args[0]["my key"]', 'Object.fromEntries(map)'],
  ['a Set', [[1, new Set()]], 'args[0][1]', '[...set]'],
  ['a Promise', [Promise.resolve()], 'args[0]', 'await it'],
  ['a WeakMap', [new WeakMap()], 'args[0]', 'WeakMap'],
  ['a RegExp', [/x/], 'args[0]', 'RegExp'],
  ['an Error', [1, 'a', new TypeError('x')], 'args[2]', 'Error'],
  ['another typed array', [new Float64Array(1)], 'args[0]', 'Array.from(array)'],
  ['an ArrayBuffer', [new ArrayBuffer(1)], 'args[0]', 'new Uint8Array(buffer)'],
  ['an invalid Date', [new Date(Number.NaN)], 'args[0]', 'no Date'],
  ['a cycle', [cycle], 'args[0].self.again[0]', 'cycle'],
  ['what toJSON() returns', [{ toJSON: () => [Symbol('x')] }], 'args[0].toJSON()[0]', 'symbol'],
  ['an integer of 4301 digits', [1, -(10n ** 4300n)], 'args[1]', 'send its text'],
  ['a typed lookalike', [{ __type__: 'x', __value__: 1 }], 'args[0]', 'rename or add a key'],
])('%s is refused with its path', (_, args, path, reason) => {
  const encode = () => encodeJson(args, { path: 'args' });

  expect(encode).toThrow(EncodeError);
  expect(encode).toThrow(expect.objectContaining({ path }));
  expect(encode).toThrow(reason);
});

test('too many levels are refused, not overflowed', () => {
  expect(() => encodeJson(deep())).toThrow(/more than 900 levels/);
});

test('the same object twice is no cycle', () => {
  const shared = { a: 1 };

  expect(encodeJson([shared, { shared }])).toBe('[{"a": 1}, {"shared": {"a": 1}}]');
});

test('an error thrown by a getter becomes an EncodeError with its cause and path', () => {
  const cause = new Error('boom');
  const value = {
    ok: [1, { a: 2 }],
    get bad(): unknown {
      throw cause;
    },
  };

  expect(() => encodeJson({ value })).toThrow(
    expect.objectContaining({ path: 'value.bad', cause }),
  );
});

test('what is written is the JSON of the value, in ASCII', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: unit }), (value) => {
      const text = encodeJson(value);

      expect(text).toMatch(/^[ -~]*$/);
      expect(JSON.parse(text)).toEqual(value);
    }),
    { numRuns: 200 },
  );
});

const typedValue = fc.oneof(
  fc.bigInt({ min: 2n ** 53n }),
  fc.double(),
  fc.date({ noInvalidDate: true, min: new Date('0001-01-01Z'), max: new Date('9999-12-31Z') }),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  fc.uuid().map((text) => new Uuid(text)),
  fc.constantFrom(new Decimal('1.10'), new PlainDate('2024-01-02'), new PlainTime('03:04:05')),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
);

test('every value comes back as it went', () => {
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      typedValue,
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(fc.string({ minLength: 1 }), tie('node'), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    ),
  })).node;

  fc.assert(
    fc.property(tree, (value) => {
      expect(decodeJson(encodeJson(value))).toEqual(value);
    }),
    { numRuns: 300 },
  );
});
