import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  Decimal,
  decodeJson,
  decodeResultMeta,
  encodeJson,
  encodeResultMeta,
  parseWireTime,
  type ResultMeta,
  toRemoteError,
  toWireTime,
} from '../../src/protocol/index.ts';
import { type Description, describeValue, type Oracle, startOracle } from '../support/oracle.ts';
import { anyDate, anyText, anyValue, seed, shortest, some } from '../support/some-values.ts';

let python: Oracle;

beforeAll(async () => {
  python = await startOracle();
});

const failed = (error: ResultMeta['error']): ResultMeta => {
  const nothing = {
    result: undefined,
    traceback: null,
    children: [],
    groupId: null,
    parentId: null,
  };
  return { ...nothing, taskId: 'id', status: 'FAILURE', error, dateDone: null };
};

/** Names of classes: Python's own, Celery's, ours, those that nobody has, and odd ones. */
const names = fc.oneof(
  fc.constantFrom(
    'TypeError',
    'SyntaxError',
    'KeyError',
    'RangeError',
    'Error',
    'AbortError',
    'A.B',
  ),
  fc.string({ minLength: 1, maxLength: 8 }),
  anyText,
);

function named(name: string, message: string): Error {
  return Object.defineProperty(new Error(message), 'name', { value: name });
}

test(`an error that is thrown here is an exception there, whatever its name (seed ${seed})`, async () => {
  const cases = some(fc.tuple(names, anyText), 1_000);

  const documents = cases.map(([name, message]) =>
    encodeResultMeta(failed(toRemoteError(named(name, message)))),
  );
  const seen = await python<[string, string, Description[]]>('caught', documents);

  const wrong = seen.flatMap(({ ok, error }, index) => {
    const [, message = ''] = cases[index] ?? [];
    const isSame = JSON.stringify(ok?.[2]) === JSON.stringify([describeValue(message)]);
    return isSame ? [] : [{ document: documents[index], ok, error }];
  });
  expect(shortest(wrong)).toBeUndefined();
});

test('the class of an error is that of its name, where Python has it', async () => {
  const documents = [new TypeError('a'), new RangeError('b'), named('MyError', 'c')].map((error) =>
    encodeResultMeta(failed(toRemoteError(error))),
  );

  const seen = await python<[string, string, Description[]]>('caught', documents);

  expect(seen.map(({ ok }) => ok?.slice(0, 2))).toEqual([
    ['TypeError', 'builtins'],
    ['RangeError', 'celery.exceptions'],
    ['MyError', 'celery.exceptions'],
  ]);
});

test('an exception that is raised there is known here by class, module and arguments', async () => {
  const modules = fc.constantFrom('builtins', 'celery.exceptions', 'my.module', 'os');
  const classes = fc.constantFrom('ValueError', 'KeyError', 'OSError', 'Retry', 'NoSuchError', 'Ä');
  const cases = some(fc.tuple(modules, classes, fc.array(anyValue, { maxLength: 3 })), 800).map(
    ([module, name, args]) => [module, name, args.map(describeValue)] as const,
  );

  const documents = await python<string>('raised', cases);

  const wrong: unknown[] = documents.flatMap(({ ok = '', error }, index): unknown[] => {
    if (error !== undefined)
      return isOwnDoing(error) ? [] : [{ ok: error, is: cases[index], expected: '' }];
    const meta = decodeResultMeta(ok);
    const raw = decodeJson(ok) as { result: Record<string, unknown> };
    const { exc_type: type, exc_module: module, exc_message: args } = raw.result;
    const expected = JSON.stringify(describeValue({ type, module, args }));
    const is = JSON.stringify(
      describeValue({ type: meta.error?.type, module: meta.error?.module, args: meta.error?.args }),
    );
    return is === expected ? [] : [{ ok, is, expected }];
  });
  expect(shortest(wrong)).toBeUndefined();
});

/** Not each of these classes takes each list of arguments. */
function isOwnDoing(error: string): boolean {
  return /^(?:TypeError|ValueError|AttributeError): /.test(error);
}

test.each([
  ['"text"', ['text']],
  ['{"a": 1}', [{ a: 1 }]],
  ['[["nested"], null]', [['nested'], null]],
  ['null', []],
])('a message of %s is read here and raised there', async (message, args) => {
  const document = `{"status": "FAILURE", "result": {"exc_type": "E", "exc_message": ${message}, "exc_module": null}, "task_id": "id"}`;

  expect(decodeResultMeta(document).error?.args).toEqual(args);
  const [seen] = await python<[string, string, Description[]]>('caught', [document]);
  expect(seen?.ok?.[0]).toBe('E');
});

test('each time that we write is read there as the same instant, by either reader', async () => {
  const dates = some(anyDate, 1_500);

  const seen = await python<[string, string]>(
    'instant',
    dates.map((date) => toWireTime(date.getTime())),
  );

  const expected = dates.map((date) => `${BigInt(date.getTime()) * 1000n}`);
  const wrong = seen.flatMap(({ ok }, index) =>
    ok?.[0] === expected[index] && ok?.[1] === expected[index]
      ? []
      : [{ ok, expected: expected[index] }],
  );
  expect(shortest(wrong)).toBeUndefined();
});

/** Microseconds as whole milliseconds, cut as we cut them. */
function wholeMs(micros: string): string {
  const value = BigInt(micros);
  return String(value / 1000n - (value % 1000n < 0n ? 1n : 0n));
}

const part = (values: readonly string[]) => fc.constantFrom(...values);
/** Texts that are times, and some that nearly are. */
const timeText = fc
  .tuple(
    part([
      '2024-02-29',
      '0001-01-01',
      '9999-12-31',
      '1999-02-29',
      '2024-13-01',
      '20240102',
      '24-01-02',
    ]),
    part(['T', ' ', 't', '_', '']),
    part(['03:04:05', '03:04', '23:59:59', '24:00:00', '03:60:00', '030405', '3:04:05', '']),
    part(['', '.6', '.678', '.678901', '.678901234', ',5', '.']),
    part(['', 'Z', '+00:00', '-05:30', '+0200', '+02', '+23:59:59', '+24:00', 'z', ' +01:00']),
  )
  .map((parts) => parts.join(''));

test('a time that both read is the same instant', async () => {
  const texts = some(timeText, 3_000);

  const seen = await python<[string | null, string | null]>('instant', texts);

  const wrong = seen.flatMap(({ ok: [theirs] = [null] }, index) => {
    const ours = parseWireTime(texts[index]);
    if (theirs === null || ours === undefined) return [];
    return String(ours) === wholeMs(theirs) ? [] : [{ text: texts[index], theirs, ours }];
  });
  expect(shortest(wrong)).toBeUndefined();
  const isReadByBoth = seen.filter(
    ({ ok }, index) => ok?.[0] && parseWireTime(texts[index]) !== undefined,
  );
  expect(isReadByBoth.length).toBeGreaterThan(100);
});

/** What `isoformat` makes of any datetime: with or without microseconds, and with any offset or none. */
const isoformats = fc
  .tuple(
    anyDate,
    fc.integer({ min: 0, max: 999_999 }),
    fc.option(fc.integer({ min: -86_399, max: 86_399 })),
  )
  .map(([date, micros, offset]) => {
    const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0')}`;
    return `${date.toISOString().slice(0, 19)}${fraction}${offset === null ? '' : offsetText(offset)}`;
  });

function offsetText(offset: number): string {
  const clock = new Date(Math.abs(offset) * 1000).toISOString().slice(11, 19);
  return `${offset < 0 ? '-' : '+'}${clock.replace(/:00$/, '')}`;
}

test('each time that Python writes is read here as the same instant', async () => {
  const texts = some(isoformats, 2_000);

  const seen = await python<[string | null, string | null]>('instant', texts);

  const wrong = seen.flatMap(({ ok: [theirs] = [null], error }, index) => {
    const ours = parseWireTime(texts[index]);
    const isSame = theirs !== null && String(ours) === wholeMs(theirs);
    // an offset may lead out of the years that Python has
    return isSame || error?.startsWith('OverflowError')
      ? []
      : [{ text: texts[index], theirs, ours }];
  });
  expect(shortest(wrong)).toBeUndefined();
});

test('what is a decimal number here is one there, of the same text', async () => {
  const texts = some(
    fc.string({ unit: fc.constantFrom(...'0123456789.+-eEinfatysNAN'), maxLength: 7 }),
    4_000,
  )
    .concat(['sNaN12', '-Infinity', '1E+5', '.5', '5.', '-0', '00.10'])
    .filter((text) => isDecimal(text));

  const seen = await python<string>('decimal', texts);

  expect(
    shortest(seen.flatMap(({ error }, index) => (error ? [texts[index]] : []))),
  ).toBeUndefined();
  expect(texts.length).toBeGreaterThan(200);
});

function isDecimal(text: string): boolean {
  try {
    return encodeJson(new Decimal(text)) !== '';
  } catch {
    return false;
  }
}
