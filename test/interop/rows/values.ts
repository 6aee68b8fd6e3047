import { readFileSync } from 'node:fs';
import { Celery } from 'celeriac';
import { expect } from 'vitest';
import { onFileEnd } from '../../support/cleanup.ts';
import type { Place, PlaceOptions } from '../place.ts';
import type { Row } from '../row.ts';
import { type FromPython, fromPython } from '../values/from-python.ts';
import { refusedHere, type ToPython, toPython } from '../values/to-python.ts';

/** What Python needs for these rows: the names in their expressions, and a task that shows what it got. */
export const withValues: PlaceOptions = {
  python: `${readFileSync(new URL('../../fixtures/values.py', import.meta.url), 'utf8')}

@app.task(name='py.repr')
def py_repr(value):
    return repr(value)


@app.task(name='py.epoch')
def py_epoch():
    return datetime(1970, 1, 1, tzinfo=utc)
`,
  args: ['--set', 'jsonTypes=plain'],
};

const SOON = { timeout: 20 };
const apps = new WeakMap<Place, Celery>();

/** An app that writes as Celery 5.2 does. */
function plainApp(place: Place): Celery {
  const known = apps.get(place);
  if (known) return known;
  const { url } = place.redis;
  const app = new Celery('plain', { broker: url, backend: url, jsonTypes: 'plain' });
  onFileEnd(() => app.close());
  apps.set(place, app);
  return app;
}

/** What Python's worker got, as its `repr`. */
async function shownBy(app: Celery, value: unknown): Promise<unknown> {
  const result = await app.sendTask('py.repr', [value], { queue: 'python' });
  return result.get(SOON);
}

/** Python's client sends a value to our worker, which sends it back; our client reads what came. */
async function received(place: Place, { python, herePlain }: FromPython): Promise<void> {
  const id = await place.python.evaluate(sending(python));

  await expect(place.app.asyncResult(String(id)).get(SOON)).resolves.toStrictEqual([herePlain]);
}

function sending(python: string): string {
  return `app.send_task('peer.echo', args=[${python}], queue='ours').id`;
}

async function sent(place: Place, { value, python52 }: ToPython): Promise<void> {
  await expect(shownBy(plainApp(place), value)).resolves.toBe(python52);
}

/** Which values a row is about, by their names. */
interface Family {
  readonly name: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

export const families: readonly Family[] = [
  {
    name: 'nothing, true and false',
    from: ['None', 'bool'],
    to: ['null', 'undefined in an array', 'undefined as a property', 'boolean'],
  },
  {
    name: 'numbers of all sizes, NaN and infinities',
    from: [
      ...['int', 'int beyond 2^53', 'float', 'float without a fraction', 'float, small and large'],
      ...['-0.0', 'nan, inf', 'IntEnum'],
    ],
    to: [
      ...['number, an integer up to 2^53', 'number, a larger integer', 'number', 'negative zero'],
      ...['NaN', 'Infinity', 'bigint', 'boxed primitive'],
    ],
  },
  {
    name: 'texts',
    from: ['str', 'str with half a surrogate pair', 'Enum that is a str'],
    to: ['string', 'string with half a surrogate pair'],
  },
  {
    name: 'lists, tuples, keys and objects',
    from: [
      ...['list', 'tuple', 'namedtuple', 'dict', 'dict with int keys', 'dict with other keys'],
      'object with __json__()',
    ],
    to: ['array', 'object', 'instance of a class', 'object with toJSON()'],
  },
  {
    name: "times (`jsonTypes: 'plain'`)",
    from: [
      ...['datetime in UTC', 'datetime with an offset', 'datetime with microseconds'],
      ...['datetime without a zone', 'date', 'time', 'time with a zone'],
    ],
    to: ['Date', 'Date with milliseconds', 'PlainDate', 'PlainTime'],
  },
  {
    name: "decimals and UUIDs (`jsonTypes: 'plain'`)",
    from: ['Decimal', 'UUID'],
    to: ['Decimal', 'Uuid'],
  },
];

const familyRows = families.map(({ name, from, to }): Row => {
  return {
    name: `values: ${name}`,
    pythonToUs: async (place) => {
      for (const value of fromPython.filter((each) => from.includes(each.name)))
        await received(place, value);
    },
    usToPython: async (place) => {
      const values = toPython.filter((each) => to.includes(each.name));
      await Promise.all(values.map((value) => sent(place, value)));
    },
  };
});

const bytes: Row = {
  name: 'values: bytes',
  notes: 'both ways between us and Celery since 5.3',
  pythonToUs: {
    cannot: '5.2 refuses them',
    proof: async (place) => {
      await expect(place.python.evaluate(sending("b'abc'"))).rejects.toThrow(
        'Object of type bytes is not JSON serializable',
      );
    },
  },
  usToPython: {
    cannot: "5.2 has no form for them: an EncodeError with `jsonTypes: 'plain'`",
    proof: async (place) => {
      await expect(shownBy(plainApp(place), { x: Buffer.from('abc') })).rejects.toMatchObject({
        ...{ code: 'ENCODE_FAILED', path: 'args[0].x' },
      });
    },
  },
};

const typed: Row = {
  name: 'values: with a type of their own',
  notes: 'the default; both ways between us and Celery since 5.3, by its captured JSON',
  pythonToUs: { cannot: '5.2 writes none' },
  usToPython: {
    cannot: "5.2 gets a dict of `__type__` and `__value__`; set `jsonTypes: 'plain'`",
    proof: async (place) => {
      const shown = await shownBy(place.app, new Date('2024-01-02T03:04:05Z'));

      expect(shown).toBe("{'__type__': 'datetime', '__value__': '2024-01-02T03:04:05+00:00'}");
    },
  },
};

const results: Row = {
  name: "values: a date in a result (`jsonTypes: 'plain'` of the worker)",
  pythonToUs: async (place) => {
    const result = await place.app.sendTask('peer.echo', [new Date(0)], { queue: 'ours' });

    await expect(place.python.get(result.id)).resolves.toEqual(['1970-01-01T00:00:00Z']);
  },
  usToPython: async (place) => {
    const result = await place.app.sendTask('py.epoch', [], { queue: 'python' });

    await expect(result.get(SOON)).resolves.toBe('1970-01-01T00:00:00Z');
  },
};

const refused: Row = {
  name: 'values: what is refused where it is sent',
  pythonToUs: {
    cannot: 'sets, timedeltas, enums, exceptions and the like: a TypeError or EncodeError there',
    proof: async (place) => {
      for (const { python } of fromPython.filter((each) => !each.plain && !each.typed))
        await expect(place.python.evaluate(sending(python))).rejects.toThrow(
          /not JSON serializable|keys must be/,
        );
    },
  },
  usToPython: {
    cannot: 'Maps, Sets, functions, errors and the like: an EncodeError with the path of the value',
    proof: async (place) => {
      for (const { value, path } of refusedHere)
        await expect(shownBy(place.app, { x: value() })).rejects.toMatchObject({
          ...{ code: 'ENCODE_FAILED', path },
        });
    },
  },
};

export const rows: readonly Row[] = [...familyRows, bytes, typed, results, refused];
