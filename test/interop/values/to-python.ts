import { Decimal, PlainDate, PlainTime, Uuid } from '../../../src/protocol/index.ts';

/** A value of ours, and what becomes of it on its way to Python. */
export interface ToPython {
  readonly name: string;
  /** TypeScript that `value` is the value of. */
  readonly here: string;
  readonly value: unknown;
  /** The JSON we write, and what Celery since 5.3 makes of it, as its `repr`. */
  readonly typed: string;
  readonly python: string;
  /** The same with `jsonTypes: 'plain'`, for Celery 5.2; undefined where that has no form for it. */
  readonly plain?: string;
  readonly python52?: string;
}

/** What has the same form for all. */
function same(
  here: string,
  value: unknown,
  [name, json, python]: readonly [string, string, string],
): ToPython {
  return { name, here, value, typed: json, python, plain: json, python52: python };
}

/** What has a type of its own, and is a text for 5.2. */
function typed(
  here: string,
  value: unknown,
  told: readonly [name: string, type: string, json: string, python: string, text: string],
): ToPython {
  const [name, type, json, python, text] = told;
  const plain = { plain: `"${text}"`, python52: `'${text}'` };
  return {
    name,
    here,
    value,
    typed: `{"__type__": "${type}", "__value__": ${json}}`,
    python,
    ...plain,
  };
}

const uuid = '16fd2706-8baf-433b-82eb-8c7fada847da';

class Point {
  readonly x = 1;
  readonly #secret = 2;
  get sum(): number {
    return this.x + this.#secret;
  }
}

export const toPython: readonly ToPython[] = [
  same('null', null, ['null', 'null', 'None']),
  same('[undefined]', [undefined], ['undefined in an array', '[null]', '[None]']),
  same('{ a: undefined }', { a: undefined }, ['undefined as a property', '{}', '{}']),
  same('true', true, ['boolean', 'true', 'True']),
  same('5', 5, ['number, an integer up to 2^53', '5', '5']),
  same('2 ** 53', 2 ** 53, [
    'number, a larger integer',
    '9007199254740992.0',
    '9007199254740992.0',
  ]),
  same('1.5', 1.5, ['number', '1.5', '1.5']),
  same('-0', -0, ['negative zero', '-0.0', '-0.0']),
  same('Number.NaN', Number.NaN, ['NaN', 'NaN', 'nan']),
  same('-Infinity', Number.NEGATIVE_INFINITY, ['Infinity', '-Infinity', '-inf']),
  same('2n ** 64n', 2n ** 64n, ['bigint', '18446744073709551616', '18446744073709551616']),
  same("'hé'", 'hé', ['string', '"h\\u00e9"', "'hé'"]),
  same("'\\ud83d'", '\ud83d', ['string with half a surrogate pair', '"\\ud83d"', "'\\ud83d'"]),
  same('[1, [2]]', [1, [2]], ['array', '[1, [2]]', '[1, [2]]']),
  same("{ b: 1, 2: 'a' }", { b: 1, 2: 'a' }, [
    'object',
    '{"2": "a", "b": 1}',
    "{'2': 'a', 'b': 1}",
  ]),
  same('new Point()', new Point(), ['instance of a class', '{"x": 1}', "{'x': 1}"]),
  same("new URL('http://a/')", new URL('http://a/'), [
    'object with toJSON()',
    '"http://a/"',
    "'http://a/'",
  ]),
  same('Object(5)', Object(5), ['boxed primitive', '5', '5']),
  typed("new Date('2024-01-02T03:04:05Z')", new Date('2024-01-02T03:04:05Z'), [
    ...(['Date', 'datetime', '"2024-01-02T03:04:05+00:00"'] as const),
    'datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)',
    '2024-01-02T03:04:05Z',
  ]),
  typed("new Date('2024-01-02T03:04:05.678Z')", new Date('2024-01-02T03:04:05.678Z'), [
    ...(['Date with milliseconds', 'datetime', '"2024-01-02T03:04:05.678000+00:00"'] as const),
    'datetime.datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)',
    '2024-01-02T03:04:05.678000Z',
  ]),
  typed("new PlainDate('2024-01-02')", new PlainDate('2024-01-02'), [
    ...(['PlainDate', 'date', '"2024-01-02"', 'datetime.date(2024, 1, 2)'] as const),
    '2024-01-02T00:00:00',
  ]),
  typed("new PlainTime('03:04:05')", new PlainTime('03:04:05'), [
    ...(['PlainTime', 'time', '"03:04:05"', 'datetime.time(3, 4, 5)', '03:04:05'] as const),
  ]),
  typed("new Decimal('1.10')", new Decimal('1.10'), [
    ...(['Decimal', 'decimal', '"1.10"', "Decimal('1.10')", '1.10'] as const),
  ]),
  typed(`new Uuid('${uuid}')`, new Uuid(uuid), [
    ...([
      'Uuid',
      'uuid',
      `{"hex": "${uuid.replaceAll('-', '')}"}`,
      `UUID('${uuid}')`,
      uuid,
    ] as const),
  ]),
  {
    ...{ name: 'Buffer that is UTF-8', here: "Buffer.from('abc')", value: Buffer.from('abc') },
    ...{ typed: '{"__type__": "bytes", "__value__": "abc"}', python: "b'abc'" },
  },
  {
    ...{ name: 'other Uint8Array', here: 'Uint8Array.of(255, 0)', value: Uint8Array.of(255, 0) },
    ...{ typed: '{"__type__": "base64", "__value__": "/wA="}', python: "b'\\xff\\x00'" },
  },
];

/** A value that is refused before anything is sent, where it sits in the arguments, and what the error says. */
export interface Refused {
  readonly here: string;
  readonly value: () => unknown;
  readonly path: string;
  readonly says: string;
}

function* counted() {
  yield 1;
}

function cycle(): unknown {
  const list: unknown[] = [];
  list.push({ self: list });
  return list;
}

function deep(): unknown {
  return Array.from({ length: 1_000 }).reduce((inner: unknown) => [inner], 1);
}

/** `at` is what stands before the path in the arguments `[{ x: value }]`. */
function refused(here: string, value: () => unknown, says: string, inside = ''): Refused {
  return { here, value, says, path: `args[0].x${inside}` };
}

export const refusedHere: readonly Refused[] = [
  refused('new Map()', () => new Map(), 'a Map has no JSON form; use Object.fromEntries(map)'),
  refused('new Set()', () => new Set(), 'a Set has no JSON form; use [...set]'),
  refused('() => 1', () => () => 1, 'a function has no JSON form'),
  refused("Symbol('a')", () => Symbol('a'), 'a symbol has no JSON form'),
  refused(
    "new Error('a', { cause })",
    () => new Error('a', { cause: 1 }),
    'an Error has no JSON form; use its message',
  ),
  refused(
    'Promise.resolve()',
    () => Promise.resolve(),
    'a Promise has no JSON form; await it first',
  ),
  refused('/a/', () => /a/, 'a RegExp has no JSON form; use its source'),
  refused('new WeakMap()', () => new WeakMap(), 'a WeakMap has no JSON form'),
  refused(
    'new ArrayBuffer(1)',
    () => new ArrayBuffer(1),
    'an ArrayBuffer has no JSON form; use new Uint8Array(buffer)',
  ),
  refused(
    'Float64Array.of(1)',
    () => Float64Array.of(1),
    'this typed array has no JSON form; use Array.from(array)',
  ),
  refused('a generator', counted, 'a generator has no JSON form; use [...generator]'),
  refused(
    'new Date(NaN)',
    () => new Date(Number.NaN),
    'it is no Date between the years 1 and 9999',
  ),
  refused(
    "new Date('-000001-01-01')",
    () => new Date('-000001-01-01T00:00:00Z'),
    'it is no Date between the years 1 and 9999',
  ),
  refused(
    "new Date('+010000-01-01')",
    () => new Date('+010000-01-01T00:00:00Z'),
    'it is no Date between the years 1 and 9999',
  ),
  refused(
    '10n ** 4300n',
    () => 10n ** 4300n,
    'an integer of more than 4300 digits would not be read; send its text',
  ),
  refused(
    "{ __type__: 'a', __value__: 1 }",
    () => ({ __type__: 'a', __value__: 1 }),
    "an object of exactly '__type__' and '__value__' would be read as a typed value; rename or add a key",
  ),
  refused(
    'an array that contains itself',
    cycle,
    'it refers back to what contains it (a cycle)',
    '[0].self',
  ),
  refused(
    'more than 900 levels',
    deep,
    'it is nested more than 900 levels deep',
    '[0]'.repeat(898),
  ),
];
