import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readVectors } from '../../../test/vectors/vectors.ts';
import { DecodeError } from '../../errors.ts';
import { Decimal, PlainDate, PlainTime, Uuid } from '../values.ts';
import { readPickle, readPickledResult } from './read.ts';
import { PickleTuple, writePickle } from './write.ts';

interface Pickles {
  readonly values: readonly (readonly [name: string, byProtocol: readonly string[]])[];
  readonly hostile: readonly (readonly [name: string, pickle: string])[];
  readonly valid: string;
}

const { values, hostile, valid } = JSON.parse(
  readFileSync(new URL('../../../test/vectors/pickles.json', import.meta.url), 'utf8'),
) as Pickles;

const fromBase64 = (text: string) => Buffer.from(text, 'base64');
const read = (bytes: Buffer) => readPickle(bytes, { maxBytes: 1e6 });

/** What each value of `make-pickles.py` is here. */
const expected: Readonly<Record<string, unknown>> = {
  None: null,
  True: true,
  False: false,
  numbers: [
    ...[0, 255, 256, 65535, 65536, -1, -129, 2 ** 31, -(2 ** 31) - 1],
    ...[2n ** 53n, 2n ** 70n, -(2n ** 70n)],
  ],
  floats: [1.5, -0, 1e300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  texts: ['', 'é😀\n\\u0041', 'x'.repeat(300)],
  surrogate: '\ud800x',
  bytes: [Buffer.alloc(0), Buffer.from([0x61, 0xff]), Buffer.from('y'.repeat(300))],
  bytearray: [Buffer.from('xy'), Buffer.alloc(0)],
  tuples: [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]],
  dict: JSON.parse('{"a": {"b": []}, "__proto__": 1, "constructor": 2}'),
  'odd keys': { '1': 'c', null: 'b', '2.5': 'd', [String(2n ** 70n)]: 'e' },
  sets: [[7], [8], [], []],
  ordered: { z: 1, a: 2 },
  'datetime utc': new Date('2024-01-02T03:04:05.678Z'),
  'datetime west': new Date('2024-01-02T05:34:05Z'),
  'datetime naive': new Date('2024-01-02T03:04:05Z'),
  'datetime fold': new Date('2024-01-02T03:04:05Z'),
  date: new PlainDate('2024-01-02'),
  times: [new PlainTime('03:04:05.000006'), new PlainTime('03:04:00-02:30')],
  decimals: [new Decimal('1.50'), new Decimal('NaN'), new Decimal('-1E+30')],
  uuid: new Uuid('12345678-1234-5678-1234-567812345678'),
  shared: [['part'], ['part'], { again: ['part'] }],
  many: Array.from({ length: 1100 }, (_, index) => index),
};

describe.each([0, 1, 2, 3, 4, 5])('protocol %i', (protocol) => {
  test.each(values)('%s is read', (name, byProtocol) => {
    const bytes = fromBase64(byProtocol[protocol] ?? '');

    expect(Object.keys(expected)).toContain(name);
    expect(read(bytes)).toEqual(expected[name]);
    expect(JSON.stringify(read(bytes), showBig)).toBe(JSON.stringify(expected[name], showBig));
  });
});

/** Shows `__proto__` and the order of keys, which `toEqual` does not. */
const showBig = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);

test('a backslash of protocol 0 that is itself behind one begins no escape', () => {
  expect(read(Buffer.from('V\\\\u0041\\u0041\n.'))).toBe('\\\\u0041A');
});

describe('what does harm is refused', () => {
  test.each(hostile)('%s', (_name, pickle) => {
    expect(() => read(fromBase64(pickle))).toThrow(DecodeError);
  });

  test.each([
    ['os.system', 'the pickle names posix.system at byte 28, and only plain values are read'],
    ['an instance, INST', 'makes an instance of os.system'],
    ['eval through a global', 'names builtins.eval at byte 0'],
    ['a cycle', 'has a value that contains itself'],
    ['a bomb', 'come to more than 1000000 bytes when each is written out'],
    ['deep dictionaries', 'nested more than 1000 levels deep'],
    ['an integer in too many digits', 'an integer that is none'],
    ['a text longer than all', 'ends too early'],
    ['a frame longer than all', 'has a frame of'],
    ['protocol 6', 'is of protocol 6; 0 to 5 are read'],
    ['bytes outside', 'has its bytes outside of itself'],
    ['a timedelta', 'has a datetime.timedelta, which is no value here'],
  ])('%s, and says so', (name, reason) => {
    const [, pickle = ''] = hostile.find(([each]) => each === name) ?? [];

    expect(() => read(fromBase64(pickle))).toThrow(reason);
  });

  test('lists in lists, a hundred thousand deep', () => {
    const bytes = Buffer.from(`\x80\x04${']'.repeat(1e5)}${'a'.repeat(1e5 - 1)}.`, 'latin1');

    expect(() => read(bytes)).toThrow('nested more than 1000 levels deep');
  });

  test('so many empty dictionaries that they would fill the memory', () => {
    const bytes = Buffer.from(`\x80\x04(${'}0'.repeat(100_001)}l.`, 'latin1');

    expect(() => read(bytes)).toThrow('has more than 100000 lists and dictionaries');
  });

  test('a call whose result is thrown away', () => {
    const bytes = Buffer.from("cos\nsystem\n(S'ls'\ntR0N.");

    expect(() => read(bytes)).toThrow('names os.system at byte 0');
  });

  test('an integer of two megabytes', () => {
    const head = Buffer.from('\x80\x02\x8b\x80\x84\x1e\x00', 'latin1');
    const bytes = Buffer.concat([head, Buffer.alloc(2_000_000, 0x7f), Buffer.from('.')]);

    expect(() => read(bytes)).toThrow('an integer of 2000000 bytes; 1786 may be');
  });

  test('every pickle that is cut short, and no other error than ours for one with a byte changed', () => {
    const whole = fromBase64(valid);
    for (let length = 0; length < whole.length; length++) {
      expect(() => read(whole.subarray(0, length))).toThrow(DecodeError);
    }
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        try {
          read(changed);
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('a text that is used a million times is no more memory, but more than may be', () => {
    const text = Buffer.from(`\x80\x04]X\xe8\x03\x00\x00${'x'.repeat(1000)}\x94`, 'latin1');
    const uses = Buffer.from(`(${'h\x00'.repeat(1e6)}e0h\x00.`, 'latin1');

    expect(read(Buffer.concat([text.subarray(0, 2), text.subarray(3), uses.subarray(-4)]))).toBe(
      'x'.repeat(1000),
    );
    const bomb = Buffer.from(
      `\x80\x04X\xe8\x03\x00\x00${'x'.repeat(1000)}\x940](${'h\x00'.repeat(1e6)}e.`,
      'latin1',
    );
    expect(() => read(bomb)).toThrow('written out as often as it is used');
  });
});

describe('writing', () => {
  const same = ['numbers', 'floats', 'texts', 'surrogate', 'bytes', 'date', 'many', 'None', 'True'];

  test.each(same)('%s is byte for byte as Python writes it', (name) => {
    const [, byProtocol = []] = values.find(([each]) => each === name) ?? [];

    expect(writePickle(expected[name])).toEqual(fromBase64(byProtocol[4] ?? ''));
  });

  test('a body is as Python writes it, its arguments a tuple', () => {
    const vectors = readVectors<{
      readonly name: string;
      readonly lists: { readonly celery: readonly [string] };
    }>('5.6.2', 'ab_redis_producer');
    const vector = vectors.find(({ name }) => name === 'serializer_pickle');
    const { body } = JSON.parse(vector?.lists.celery[0] ?? '') as { readonly body: string };
    const embed = { callbacks: null, errbacks: null, chain: null, chord: null };
    const args = new PickleTuple([1, 'a', null, [1.5, Buffer.from([255])]]);

    const written = writePickle(new PickleTuple([args, { k: true }, embed]));

    expect(written.toString('base64')).toBe(body);
  });

  test('whatever is written is read again', () => {
    const leaf = fc.oneof(
      ...[fc.string({ unit: 'binary' }), fc.double(), fc.bigInt({ min: 2n ** 53n }), fc.boolean()],
      ...[fc.constant(null), fc.uint8Array().map((bytes) => Buffer.from(bytes))],
      fc.date({ noInvalidDate: true, min: new Date('0001-01-02'), max: new Date('9999-12-30') }),
      fc.constantFrom(new Decimal('1.0'), new PlainTime('03:04:05.000006+02:30:01')),
      fc.constantFrom(new PlainDate('0001-01-01'), new Uuid('f'.repeat(32))),
    );
    const value = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 3 }, leaf, tie('list'), tie('record')),
      list: fc.array(tie('tree'), { maxLength: 5 }),
      record: fc.dictionary(fc.string({ unit: 'binary' }), tie('tree'), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    })).tree;
    fc.assert(
      fc.property(value, (given) => {
        // toEqual takes a key '__proto__' for the prototype
        expect(isDeepStrictEqual(read(writePickle(given)), given)).toBe(true);
      }),
      { numRuns: 40 },
    );
  }, 30_000);
});

describe('pickled results', () => {
  test('those that Celery keeps in SQL tables are plain values, failures too', () => {
    const rows = {
      failure:
        'gAWVTgAAAAAAAAB9lCiMCGV4Y190eXBllIwKVmFsdWVFcnJvcpSMC2V4Y19tZXNzYWdllIwEYm9vbZRLKoaUjApleGNfbW9kdWxllIwIYnVpbHRpbnOUdS4=',
      values:
        'gAWVKgEAAAAAAAB9lCiMAmR0lIwIZGF0ZXRpbWWUjAhkYXRldGltZZSTlEMKB+gBAgMEBQpb9ZRoAowIdGltZXpvbmWUk5RoAowJdGltZWRlbHRhlJOUSwBLAEsAh5RSlIWUUpSGlFKUjARkYXRllGgCjARkYXRllJOUQwQH6AEClIWUUpSMBHRpbWWUaAKMBHRpbWWUk5RDBgMEBQAAAJSFlFKUjANkZWOUjAdkZWNpbWFslIwHRGVjaW1hbJSTlIwEMS4xMJSFlFKUjAR1dWlklGgjjARVVUlElJOUKYGUfZSMA2ludJSKEFVVVVVVVUREMzMiIhERERFzYowFYnl0ZXOUQwNhYmOUjANiaW6UQwL/AJSMBXR1cGxllEsBSwKGlIwDbmFulEd/+AAAAAAAAHUu',
    };

    expect(read(fromBase64(rows.failure))).toEqual({
      ...{ exc_type: 'ValueError', exc_message: ['boom', 42], exc_module: 'builtins' },
    });
    expect(read(fromBase64(rows.values))).toMatchObject({
      dt: new Date('2024-01-02T03:04:05.678Z'),
      time: new PlainTime('03:04:05'),
      uuid: new Uuid('11111111-2222-3333-4444-555555555555'),
      tuple: [1, 2],
      nan: Number.NaN,
    });
  });

  /** `{'status': <status>, 'result': KeyError('x', 1)}` */
  const document = (status: string) =>
    Buffer.concat([
      Buffer.from('\x80\x04}(\x8c\x06status\x8c', 'latin1'),
      Buffer.from([status.length]),
      Buffer.from(`${status}\x8c\x06result\x8c\x08builtins\x8c\x08KeyError\x93`, 'latin1'),
      Buffer.from('\x8c\x01xK\x01\x86R}\x8c\x04noteNsbu.', 'latin1'),
    ]);

  test('an error is its class, module and arguments, and nothing is built', () => {
    expect(readPickledResult(document('FAILURE'), { maxBytes: 1e6 })).toEqual({
      status: 'FAILURE',
      result: { exc_type: 'KeyError', exc_message: ['x', 1], exc_module: 'builtins' },
    });
  });

  test('a status that is no text is that of no failed task', () => {
    const strange = Buffer.from('\x80\x04}(\x8c\x06status}\x8c\x08toStringNsu.', 'latin1');

    expect(readPickledResult(strange, {})).toEqual({ status: { toString: null } });
  });

  test('only of a task that failed', () => {
    const result = () => readPickledResult(document('SUCCESS'), { maxBytes: 1e6 });

    expect(result).toThrow('names builtins.KeyError at byte');
    expect(() => read(document('FAILURE'))).toThrow('names builtins.KeyError at byte');
  });
});
