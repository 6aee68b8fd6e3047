import fc from 'fast-check';
import { Decimal, PlainDate, PlainTime, Uuid } from '../../src/protocol/index.ts';
import { describeValue } from './oracle.ts';

/** Characters that go different ways through some writer: quotes, controls, what YAML has names for, beyond 16 bits. */
const special = fc.constantFrom(
  ...['a', ' ', '"', "'", '\\', '\n', '\r', '\t', '\0', '\x1b', '\x7f', '\x85', '\xa0', 'é'],
  ...['\u2028', '\ufeff', '\uffff', '😀', '{', ':', '#', '-', '%', '0', '~', '<', '&', '*', '!'],
);
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
const anyPoint = fc
  .integer({ min: 0, max: 0x10ffff })
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code));

/** Texts that trip readers of YAML, numbers, dates and JSON. */
const traps = fc.constantFrom(
  ...['yes', 'No', '012', '0x1f', '1:30', '1e3', '.5', 'null', '~', '<<', '=', '2024-01-02', 'NaN'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '__type__',
    '__value__',
    ' ',
    '',
    '- a',
    '{}',
    "it's",
  ],
);

/** Any text of whole characters. */
export const wholeText = fc.oneof(
  traps,
  fc.string({ unit: special, maxLength: 12 }),
  fc.string({ unit: anyPoint, maxLength: 6 }),
);

/** Any text, halves of surrogate pairs included. */
export const anyText = fc.oneof(wholeText, fc.string({ unit: anyUnit, maxLength: 6 }));

/** Integers of all sizes that Python reads, up to 4300 digits. */
export const anyInteger: fc.Arbitrary<number | bigint> = fc
  .oneof(
    { weight: 4, arbitrary: fc.bigInt({ min: -300n, max: 300n }) },
    { weight: 2, arbitrary: fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }) },
    { weight: 2, arbitrary: fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }) },
    { weight: 1, arbitrary: fc.bigInt({ min: -(10n ** 4300n) + 1n, max: 10n ** 4300n - 1n }) },
  )
  .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));

/** Any number but those of the integers that JavaScript has no bits for. */
export const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(
    -0,
    5e-324,
    2.2250738585072014e-308,
    1e16,
    1e22,
    1e-5,
    0.1,
    123456789012345680000,
  ),
);

export const anyDate = fc.date({
  noInvalidDate: true,
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
});

const anyDecimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, point]) => {
    const sign = digits < 0n ? '-' : '';
    const text = String(digits < 0n ? -digits : digits).padStart(point + 1, '0');
    const whole = text.slice(0, text.length - point);
    return new Decimal(point === 0 ? sign + text : `${sign}${whole}.${text.slice(-point)}`);
  });

const two = (value: number): string => String(value).padStart(2, '0');
const anyTime = fc
  .tuple(
    fc.nat(23),
    fc.nat(59),
    fc.nat(59),
    fc.option(fc.integer({ min: 1, max: 999_999 })),
    fc.option(fc.integer({ min: -23 * 60, max: 23 * 60 })),
  )
  .map(([hour, minute, second, micros, offset]) => {
    const fraction = micros === null ? '' : `.${String(micros).padStart(6, '0')}`;
    const far = Math.abs(offset ?? 0);
    const sign = (offset ?? 0) < 0 ? '-' : '+';
    const zone = offset === null ? '' : `${sign}${two(Math.trunc(far / 60))}:${two(far % 60)}`;
    return new PlainTime(`${two(hour)}:${two(minute)}:${two(second)}${fraction}${zone}`);
  });

/** What has a type of its own on the wire. */
export const anyTyped = fc.oneof(
  anyDate,
  anyDecimal,
  anyTime,
  anyDate.map((date) => new PlainDate(date.toISOString().slice(0, 10))),
  fc.uuid().map((text) => new Uuid(text)),
  fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  wholeText.map((text) => Buffer.from(text)),
);

/** Values of those kinds, and lists and objects of them. */
export function nested<T>(
  leaf: fc.Arbitrary<T>,
  { key = anyText }: { key?: fc.Arbitrary<string> } = {},
): fc.Arbitrary<unknown> {
  return fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      { weight: 3, arbitrary: leaf },
      { weight: 1, arbitrary: fc.array(tie('node'), { maxLength: 5 }) },
      {
        weight: 1,
        arbitrary: fc
          .dictionary(key, tie('node'), { maxKeys: 5, noNullPrototype: true })
          .filter((object) => !isLookalike(object)),
      },
    ),
  })).node;
}

/** An object that would be read as a typed value is refused. */
function isLookalike(object: object): boolean {
  const keys = Object.keys(object);
  return keys.length === 2 && keys.includes('__type__') && keys.includes('__value__');
}

const anyConstant = fc.constantFrom(null, true, false);

/** Everything that has a form in JSON, in the typed form. */
export const anyValue = nested(fc.oneof(anyConstant, anyInteger, anyNumber, anyText, anyTyped));

/** Another one finds more: `SEED=7 npx vitest run --project interop test/interop/values`. */
export const seed = Number(process.env.SEED ?? 20_261);

/** As many values of a kind, the same for the same seed. */
export function some<T>(values: fc.Arbitrary<T>, count: number): T[] {
  return fc.sample(values, { seed, numRuns: count });
}

/** The shortest of those that are not as they should be, so that a failure can be read. */
export function shortest<T>(problems: readonly T[]): T | undefined {
  return problems.toSorted((a, b) => JSON.stringify(a).length - JSON.stringify(b).length)[0];
}

/** The shortest value for which what was seen is not what was expected. */
export function wrongOnes(
  values: readonly unknown[],
  seen: readonly unknown[],
  expected: readonly unknown[],
): unknown {
  const wrong = values.flatMap((value, index) => {
    const [is, should] = [JSON.stringify(seen[index]), JSON.stringify(expected[index])];
    return is === should ? [] : [{ value: JSON.stringify(describeValue(value)), is, should }];
  });
  return shortest(wrong);
}
