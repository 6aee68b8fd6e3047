import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { findSerializer } from '../../src/protocol/index.ts';
import { type Description, describeValue, type Oracle, startOracle } from '../support/oracle.ts';
import {
  anyDate,
  anyInteger,
  anyNumber,
  anyValue,
  nested,
  seed,
  shortest,
  some,
  wholeText,
  wrongOnes,
} from '../support/some-values.ts';

let python: Oracle;

beforeAll(async () => {
  python = await startOracle();
});

const constants = fc.constantFrom(null, true, false);
const bytes = fc.uint8Array({ maxLength: 12 }).map((each) => Buffer.from(each));
const whole = { key: wholeText };
/** Its library refuses the key, and has no negative zero. */
const forMsgpack = { key: wholeText.filter((key) => key !== '__proto__') };
const words = fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 });
const in64Bits = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })
  .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));

/** What each serializer has a form for; the rest is refused with its path, as unit tests show. */
const kinds = [
  {
    name: 'yaml',
    values: nested(
      fc.oneof(constants, words, anyInteger, anyNumber, wholeText, bytes, anyDate),
      whole,
    ),
    load: 'yamlLoad',
    dump: 'yamlDump',
    asItem: (value: Description, _index: number): unknown => value,
    toPython: (text: string): string => Buffer.from(text, 'latin1').toString('utf8'),
    fromPython: (text: string): string => Buffer.from(text, 'utf8').toString('latin1'),
  },
  {
    name: 'msgpack',
    values: nested(
      fc.oneof(
        constants,
        words,
        in64Bits,
        anyNumber.filter((value) => !Object.is(value, -0)),
        wholeText,
        bytes,
      ),
      forMsgpack,
    ),
    load: 'msgpackLoad',
    dump: 'msgpackDump',
    asItem: (value: Description, _index: number): unknown => value,
    toPython: (text: string): string => Buffer.from(text, 'latin1').toString('hex'),
    fromPython: (text: string): string => Buffer.from(text, 'hex').toString('latin1'),
  },
  {
    name: 'pickle',
    values: anyValue,
    load: 'pickleLoad',
    dump: 'pickleDump',
    // protocols 2 to 5, by turns
    asItem: (value: Description, index: number): unknown => [value, 2 + (index % 4)],
    toPython: (text: string): string => Buffer.from(text, 'latin1').toString('hex'),
    fromPython: (text: string): string => Buffer.from(text, 'hex').toString('latin1'),
  },
] as const;

describe.each(kinds)(`$name (seed ${seed})`, ({ name, values, load, dump, ...how }) => {
  const serializer = () => {
    const found = findSerializer(name);
    if (!found) throw new Error(`no serializer '${name}'`);
    return found;
  };

  test('what we write is in Python what it was', async () => {
    const given = some(values, 800);
    const whole = name === 'pickle' ? 'tuple' : 'list';

    const texts = given.map((value) => how.toPython(serializer().encode({ value }, 'typed')));

    const seen = await python<Description>(load, texts);
    const expected = given.map((value) => sorted({ ok: [whole, [describeValue(value)]] }));
    expect(wrongOnes(given, seen.map(sorted), expected)).toBeUndefined();
  });

  test('what Python writes is read as what it was', async () => {
    const given = some(values, 800);

    const answers = await python<string>(
      dump,
      given.map((value, index) => how.asItem(describeValue(value), index)),
    );

    const wrong = answers.flatMap(({ ok: text = '', error }, index) => {
      const should = JSON.stringify(sorted(describeValue(given[index])));
      const is = error ?? JSON.stringify(attempt(() => serializer().decode(how.fromPython(text))));
      return is === should ? [] : [{ text, is, should }];
    });
    expect(shortest(wrong)).toBeUndefined();
  });
});

/** Yaml sorts keys: descriptions with the pairs of each dictionary in one order. */
function sorted(told: unknown): unknown {
  if (Array.isArray(told)) {
    const items: unknown[] = told.map(sorted);
    const isDictionary = items[0] === 'dict' && Array.isArray(items[1]);
    if (!isDictionary) return items;
    const pairs = (items[1] as unknown[]).map((pair) => JSON.stringify(pair));
    return ['dict', pairs.toSorted()];
  }
  if (typeof told !== 'object' || told === null) return told;
  return Object.fromEntries(Object.entries(told).map(([key, value]) => [key, sorted(value)]));
}

function attempt(read: () => unknown): unknown {
  try {
    return sorted(describeValue(read()));
  } catch (error) {
    return String(error);
  }
}
