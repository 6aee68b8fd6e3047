import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  argsRepr,
  decodeJson,
  encodeJson,
  kwargsRepr,
  pythonRepr,
} from '../../src/protocol/index.ts';
import { type Description, describeValue, type Oracle, startOracle } from '../support/oracle.ts';
import {
  anyDate,
  anyInteger,
  anyNumber,
  anyText,
  anyTyped,
  anyValue,
  nested,
  seed,
  shortest,
  some,
  wrongOnes,
} from '../support/some-values.ts';

/** Keys that JavaScript does not put in front of all others, as it does with those that look like an index. */
const pythonKey: fc.Arbitrary<Description> = fc.oneof(
  anyText.filter((key) => !/^(?:0|[1-9]\d*)$/.test(key)).map((key): Description => ['str', key]),
  fc.constantFrom<Description>(
    ['const', 'True'],
    ['const', 'None'],
    ['int', '-5'],
    ['float', '3ff8000000000000'],
  ),
);

const pythonLeaf: fc.Arbitrary<Description> = fc.oneof(
  nested(
    fc.oneof(
      anyInteger,
      anyText,
      anyNumber.filter((value) => !Number.isSafeInteger(value)),
    ),
  ).map(describeValue),
  anyTyped.filter((value) => !(value instanceof Uint8Array)).map(describeValue),
  anyDate.chain((date) =>
    fc.constantFrom<Description>(
      ['datetime', date.toISOString().slice(0, -1)],
      ['datetime', `${date.toISOString().slice(0, -1)}678+05:30`],
      ['datetime', date.toISOString().slice(0, 19)],
    ),
  ),
);

/** What has the same form in both; 5.2 has none for bytes. */
const plainValue = nested(
  fc.oneof(
    anyInteger,
    anyNumber,
    anyText,
    anyTyped.filter((value) => !(value instanceof Uint8Array)),
  ),
);

/** Values that Python shows as we do. A halved surrogate pair cannot be printed, only compared. */
const shownValue = nested(
  fc.oneof(
    fc.constant(undefined),
    fc.boolean(),
    anyInteger,
    anyNumber,
    anyText,
    anyTyped,
    fc.string({ maxLength: 400 }),
  ),
);

/** How Python's own words are written as keys. */
function inJson(key: string): string {
  return { None: 'null', True: 'true', False: 'false' }[key] ?? key;
}

/** What Python has, other kinds of tuples, keys and times included. */
const pythonValue: fc.Arbitrary<Description> = fc.letrec<{ node: Description }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 4, arbitrary: pythonLeaf },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constantFrom('list', 'tuple'),
        fc.array(tie('node'), { maxLength: 5 }),
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .uniqueArray(fc.tuple(pythonKey, tie('node')), {
          maxLength: 5,
          selector: ([[, key]]) => inJson(String(key)),
        })
        .map((pairs): Description => ['dict', pairs]),
    },
  ),
})).node;

let python: Oracle;

beforeAll(async () => {
  python = await startOracle();
});

test(`what we write in the typed form is in Python what the table says (seed ${seed})`, async () => {
  const values = some(anyValue, 3_000);

  const seen = await python(
    'loadsTyped',
    values.map((value) => encodeJson(value)),
  );

  const expected = values.map((value) => ({ ok: describeValue(value) }));
  expect(wrongOnes(values, seen, expected)).toBeUndefined();
});

test('what Python writes in the typed form is read, and written again byte for byte', async () => {
  const values = some(anyValue, 2_000).map(describeValue);

  const texts = await python<string>('dumpsTyped', values);

  const wrong = texts.flatMap(({ ok: text = '', error }) => {
    const again = error ?? encodeJson(decodeJson(text));
    return again === text ? [] : [{ text, again }];
  });
  expect(shortest(wrong)).toBeUndefined();
});

test('what Python 5.2 writes is read, and written again in the plain form byte for byte', async () => {
  const values = some(pythonValue, 2_500);

  const texts = await python<string>('dumps', values);

  const wrong = texts.flatMap(({ ok: text = '', error }) => {
    const again = error ?? encodeJson(decodeJson(text), { types: 'plain' });
    return again === text ? [] : [{ text, again }];
  });
  expect(shortest(wrong)).toBeUndefined();
});

test('what we write in the plain form is in Python 5.2 what it would have written itself', async () => {
  const values = some(plainValue, 2_000);

  const texts = await python<string>('dumps', values.map(describeValue));

  const seen = values.map((value) => ({ ok: encodeJson(value, { types: 'plain' }) }));
  expect(wrongOnes(values, seen, texts)).toBeUndefined();
});

test('the typed form comes back as it went', () => {
  const changed = some(anyValue, 2_000).filter(
    (value) => !isDeepStrictEqual(decodeJson(encodeJson(value)), value),
  );

  expect(shortest(changed.map((value) => JSON.stringify(describeValue(value))))).toBeUndefined();
});

test('arguments are shown as Celery shows them', async () => {
  const calls = some(fc.array(shownValue, { maxLength: 5 }), 1_500);
  const kwargs = some(fc.dictionary(anyText, shownValue, { maxKeys: 5 }), 1_000);
  const asTuple = (args: readonly unknown[]) => ['tuple', args.map(describeValue)];

  const shownArgs = await python(
    'saferepr',
    calls.map((args) => [asTuple(args), 1024]),
  );
  const shownKwargs = await python(
    'saferepr',
    kwargs.map((each) => [describeValue(each), 1024]),
  );

  const asOurs = (shown: string) => ({ ok: shown });
  expect(
    wrongOnes(
      calls,
      calls.map((args) => asOurs(argsRepr(args))),
      shownArgs,
    ),
  ).toBeUndefined();
  expect(
    wrongOnes(
      kwargs,
      kwargs.map((each) => asOurs(kwargsRepr(each))),
      shownKwargs,
    ),
  ).toBeUndefined();
});

test('a text is cut where Celery cuts it, whatever the length', async () => {
  const cases = some(fc.tuple(shownValue, fc.integer({ min: 1, max: 120 })), 3_000);

  const shown = await python(
    'saferepr',
    cases.map(([value, length]) => [describeValue(value), length]),
  );

  const ours = cases.map(([value, length]) => ({ ok: pythonRepr(value, length) }));
  const values = cases.map(([value, length]) => ({ value, length }));
  expect(wrongOnes(values, ours, shown)).toBeUndefined();
});
