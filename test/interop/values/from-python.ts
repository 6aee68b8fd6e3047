import { Decimal, PlainDate, PlainTime, Uuid } from '../../../src/protocol/index.ts';

/** A value of Python's, and what becomes of it on its way to us. */
export interface FromPython {
  readonly name: string;
  /** Python; it sees what `fixtures/values.py` has. */
  readonly python: string;
  /** The JSON that Celery since 5.3 writes, and that of 5.2; undefined where it refuses the value. */
  readonly typed?: string;
  readonly plain?: string;
  /** What we read of either. */
  readonly here?: unknown;
  readonly herePlain?: unknown;
}

/** JSON that is the same in either form. */
function same(name: string, python: string, json: string, here: unknown): FromPython {
  return { name, python, typed: json, plain: json, here, herePlain: here };
}

/** A value with a type of its own in the typed form, and a text in the plain one. */
function typed(
  name: string,
  python: string,
  [type, value, here, text]: readonly [string, string, unknown, string],
): FromPython {
  return {
    ...{ name, python, here, herePlain: text },
    typed: `{"__type__": "${type}", "__value__": ${value}}`,
    plain: JSON.stringify(text),
  };
}

function bytes(
  name: string,
  python: string,
  [type, value, here]: readonly [string, string, Buffer],
): FromPython {
  return { name, python, here, typed: `{"__type__": "${type}", "__value__": "${value}"}` };
}

const id = '16fd2706-8baf-433b-82eb-8c7fada847da';
const hex = id.replaceAll('-', '');

export const fromPython: readonly FromPython[] = [
  same('None', 'None', 'null', null),
  same('bool', '[True, False]', '[true, false]', [true, false]),
  same('int', '5', '5', 5),
  same('int beyond 2^53', '2**64', '18446744073709551616', 18446744073709551616n),
  same('float', '1.5', '1.5', 1.5),
  same('float without a fraction', '1.0', '1.0', 1),
  same('float, small and large', '[1e-07, 1e22]', '[1e-07, 1e+22]', [1e-7, 1e22]),
  same('-0.0', '-0.0', '-0.0', -0),
  same('nan, inf', "[float('nan'), float('inf'), float('-inf')]", '[NaN, Infinity, -Infinity]', [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]),
  same('str', "'h\\u00e9'", '"h\\u00e9"', 'hé'),
  same('str with half a surrogate pair', "'\\ud83d'", '"\\ud83d"', '\ud83d'),
  same('list', '[1, [2]]', '[1, [2]]', [1, [2]]),
  same('tuple', '(1, 2)', '[1, 2]', [1, 2]),
  same('namedtuple', 'Pair(1, 2)', '[1, 2]', [1, 2]),
  same('dict', "{'a': None}", '{"a": null}', { a: null }),
  same('dict with int keys', "{1: 'a'}", '{"1": "a"}', { '1': 'a' }),
  same('dict with other keys', '{True: 1, None: 2, 1.5: 3}', '{"true": 1, "null": 2, "1.5": 3}', {
    true: 1,
    null: 2,
    '1.5': 3,
  }),
  { name: 'dict with tuples as keys', python: '{(1, 2): 3}' },
  typed('datetime in UTC', 'datetime(2024, 1, 2, 3, 4, 5, tzinfo=utc)', [
    ...(['datetime', '"2024-01-02T03:04:05+00:00"'] as const),
    ...([new Date('2024-01-02T03:04:05Z'), '2024-01-02T03:04:05Z'] as const),
  ]),
  typed('datetime with an offset', 'datetime(2024, 1, 2, 3, 4, 5, tzinfo=east)', [
    ...(['datetime', '"2024-01-02T03:04:05+02:00"'] as const),
    ...([new Date('2024-01-02T01:04:05Z'), '2024-01-02T03:04:05+02:00'] as const),
  ]),
  typed('datetime with microseconds', 'datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=utc)', [
    ...(['datetime', '"2024-01-02T03:04:05.678901+00:00"'] as const),
    ...([new Date('2024-01-02T03:04:05.678Z'), '2024-01-02T03:04:05.678901Z'] as const),
  ]),
  typed('datetime without a zone', 'datetime(2024, 1, 2, 3, 4, 5)', [
    ...(['datetime', '"2024-01-02T03:04:05"'] as const),
    ...([new Date('2024-01-02T03:04:05Z'), '2024-01-02T03:04:05'] as const),
  ]),
  typed('date', 'date(2024, 1, 2)', [
    ...(['date', '"2024-01-02"', new PlainDate('2024-01-02'), '2024-01-02T00:00:00'] as const),
  ]),
  typed('time', 'time(3, 4, 5)', [
    ...(['time', '"03:04:05"', new PlainTime('03:04:05'), '03:04:05'] as const),
  ]),
  typed('time with a zone', 'time(3, 4, 5, 6, tzinfo=utc)', [
    ...(['time', '"03:04:05.000006+00:00"', new PlainTime('03:04:05.000006+00:00')] as const),
    '03:04:05.000006+00:00',
  ]),
  { name: 'timedelta', python: 'timedelta(seconds=5)' },
  typed('Decimal', "Decimal('1.10')", ['decimal', '"1.10"', new Decimal('1.10'), '1.10']),
  typed('UUID', `UUID('${id}')`, ['uuid', `{"hex": "${hex}"}`, new Uuid(id), id]),
  bytes('bytes that are UTF-8', "b'abc'", ['bytes', 'abc', Buffer.from('abc')]),
  bytes('other bytes', "b'\\xff\\x00'", ['base64', '/wA=', Buffer.from([255, 0])]),
  { name: 'bytearray', python: "bytearray(b'a')" },
  { name: 'set', python: '{1}' },
  { name: 'frozenset', python: 'frozenset({1})' },
  same('IntEnum', 'Level.HIGH', '3', 3),
  same('Enum that is a str', 'Named.RED', '"red"', 'red'),
  { name: 'Enum', python: 'Color.RED' },
  { name: 'dataclass', python: 'Point(1)' },
  same('object with __json__()', 'Told()', '{"x": 1}', { x: 1 }),
  { name: 'complex', python: '1j' },
  { name: 'exception', python: "ValueError('x')" },
];
