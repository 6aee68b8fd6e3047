import { beforeAll, describe, expect, test } from 'vitest';
import { decodeJson, encodeJson } from '../../src/protocol/index.ts';
import { type Oracle, startOracle } from '../support/oracle.ts';
import { readVectors } from '../vectors/vectors.ts';
import { proveAreas } from './prove.ts';
import { families, withValues } from './rows/values.ts';
import { fromPython } from './values/from-python.ts';
import { refusedHere, toPython } from './values/to-python.ts';

proveAreas('values', withValues);

let python: Oracle;

beforeAll(async () => {
  python = await startOracle();
});

/** The one answer of Python. */
async function ask(op: string, item: unknown) {
  const [answer] = await python<string>(op, [item]);
  return answer;
}

describe('each value of docs/values.md is proved', () => {
  test('in a row, too', () => {
    const [from, to] = [families.flatMap((each) => each.from), families.flatMap((each) => each.to)];

    expect(from.toSorted()).toEqual(names(fromPython.filter(({ plain }) => plain !== undefined)));
    expect(to.toSorted()).toEqual(names(toPython.filter(({ plain }) => plain !== undefined)));
  });
});

function names(values: readonly { readonly name: string }[]): string[] {
  return values.map(({ name }) => name).toSorted();
}

describe('from Python', () => {
  test.each(fromPython)('$name is written by Celery 5.2 as the page says', async (value) => {
    const answer = await ask('evalDumps', value.python);

    if (value.plain === undefined) expect(answer?.error).toMatch(/^TypeError: /);
    else expect(answer).toEqual({ ok: value.plain });
  });

  test.each(fromPython)('$name is written since 5.3 as the page says', async (value) => {
    const answer = await ask('evalDumpsTyped', value.python);

    if (value.typed === undefined) expect(answer?.error).toMatch(/^TypeError: /);
    else expect(answer).toEqual({ ok: value.typed });
  });

  test.each(fromPython.filter(({ typed }) => typed))(
    '$name is read as the page says',
    ({ typed = '', plain = 'null', here, herePlain = null }) => {
      expect(decodeJson(typed)).toStrictEqual(here);
      expect(decodeJson(plain)).toStrictEqual(herePlain);
    },
  );

  test('Celery 5.6.2 was captured writing the same, value by value', () => {
    const captured = readVectors<{ python: string; json?: string }>('5.6.2', 'a_json_encode');
    const seen = captured.flatMap(({ python: shown, json }) => {
      const value = fromPython.find((each) => shownAs(each.python) === shown);
      return value ? [[value.python, json, value.typed]] : [];
    });

    for (const [, json, typed] of seen) expect(json).toBe(typed);
    expect(seen.length).toBeGreaterThan(18);
  });
});

/** An expression as the `repr` of what it comes to. */
function shownAs(expression: string): string {
  return expression
    .replace(/\b(?=datetime\(|date\(|time\(|timedelta\()/g, 'datetime.')
    .replace('tzinfo=utc', 'tzinfo=datetime.timezone.utc')
    .replace('tzinfo=east', 'tzinfo=datetime.timezone(datetime.timedelta(seconds=7200))')
    .replace('Pair(1, 2)', 'P(x=1, y=2)');
}

describe('to Python', () => {
  test.each(toPython)('$name is written as the page says', ({ value, typed, plain }) => {
    const writePlain = () => encodeJson(value, { types: 'plain' });

    expect(encodeJson(value)).toBe(typed);
    if (plain === undefined) expect(writePlain).toThrow('bytes have no form for Celery 5.2');
    else expect(writePlain()).toBe(plain);
  });

  test.each(toPython)('$name is in Python what the page says', async (value) => {
    expect(await ask('reprLoadsTyped', value.typed)).toEqual({ ok: value.python });
    if (value.plain) expect(await ask('reprLoads', value.plain)).toEqual({ ok: value.python52 });
  });

  test.each(toPython.filter(({ typed }) => typed.includes('__type__')))(
    '$name in the typed form is a dict in Celery 5.2',
    async ({ typed }) => {
      const answer = await ask('reprLoads', typed);

      expect(answer?.ok).toMatch(/^\{'__type__': '\w+', '__value__': /);
    },
  );

  test.each(refusedHere)('$here is refused with its path', ({ value, path, says }) => {
    const write = () => encodeJson([{ x: value() }], { path: 'args' });

    expect(write).toThrow(expect.objectContaining({ code: 'ENCODE_FAILED', path }));
    expect(write).toThrow(says);
  });
});
