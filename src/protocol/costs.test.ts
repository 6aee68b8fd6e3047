import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deflateSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { decodeBody, encodeBody } from './body.ts';
import { countDelivery } from './count-delivery.ts';
import { parseEnvelope } from './envelope.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson } from './json-encode.ts';
import { decodeMsgpack, encodeMsgpack } from './msgpack.ts';
import { readPickle } from './pickle/read.ts';
import { writePickle } from './pickle/write.ts';
import { argsRepr, pythonRepr } from './repr.ts';
import { decodeResultMeta } from './result-meta.ts';
import { decodeYaml, encodeYaml } from './yaml.ts';

// whoever waits for a turn of a busy machine has not spent it
vi.setConfig({ testTimeout: 30_000 });

/** What is linear takes a hundredth of this for so many characters, on a quiet machine; what is quadratic takes many times it. */
const LIMIT_MS = 3_000;
const LENGTH = 300_000;
/** A busy machine may be slow for once. */
const TRIES = 3;

/** Milliseconds that a long input takes, at the best; what is thrown does not matter. */
function cost<Input extends { readonly length: number }>(
  make: (size: number) => Input,
  work: (input: Input) => unknown,
  length = LENGTH,
): number {
  let size = 100;
  while (make(size).length < length && size < length) size *= 2;
  const input = make(size);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < TRIES && best > LIMIT_MS; round++) {
    const startedAt = performance.now();
    try {
      work(input);
    } catch {
      // a refusal has its cost, too
    }
    best = Math.min(best, performance.now() - startedAt);
  }
  return best;
}

const times = (text: string) => (size: number) => text.repeat(size);
const list = (item: string) => (size: number) => `[${`${item},`.repeat(size)}${item}]`;
const numbered = (member: (at: number) => string) => (size: number) =>
  Array.from({ length: size }, (_, at) => member(at)).join(',');

const lists = `${'['.repeat(900)}${']'.repeat(900)}`;

/** A long text under 900 lists of two: joined, it would be copied for each. */
const listsAsType = (size: number) =>
  `{"__type__": ${'['.repeat(900)}"${'x'.repeat(10 * size)}"${', 1]'.repeat(900)}, "__value__": 1}`;

const json: readonly (readonly [string, (size: number) => string])[] = [
  ['quotes and backslashes', (size) => `["${'\\\\\\"'.repeat(size)}", NaN]`],
  ['one long run of backslashes', (size) => `["${'\\'.repeat(2 * size)}", NaN]`],
  ['backslashes without an end', (size) => `["${'\\"'.repeat(size)}`],
  ['halves of surrogate pairs', (size) => `["${'\\ud800'.repeat(size)}", NaN]`],
  ['lists in lists', times('[')],
  ['lists in lists, many times', list(lists)],
  ['members', (size) => `{${numbered((at) => `"k${at}": NaN`)(size)}}`],
  ['digits', (size) => `[${'9'.repeat(size)}]`],
  ['long integers', list('9'.repeat(4_000))],
  ['digits of a fraction', (size) => `[0.${'9'.repeat(size)}, NaN]`],
  ['spaces', (size) => `[1,${' '.repeat(size)}NaN]`],
  ['typed values', list('{"__type__": "datetime", "__value__": "2024-01-01T00:00:00"}')],
  ['typed values in typed values', times('{"__type__": "bytes", "__value__": ')],
  ['typed bytes', (size) => `{"__type__": "base64", "__value__": "${'A'.repeat(size)}"}`],
  ['typed decimals', (size) => `{"__type__": "decimal", "__value__": "${'1'.repeat(size)}x"}`],
  ['a key of typed values', list('{"__type__": 1, "__value__": 2, "third": 3}')],
  ['empty texts', list('""')],
];

describe('what JSON costs grows as it does', () => {
  test.each(json)('%s', (_name, make) => {
    expect(cost(make, decodeJson)).toBeLessThan(LIMIT_MS);
  });

  test('a type that is a long text in lists', () => {
    expect(cost(listsAsType, decodeJson, 20 * LENGTH)).toBeLessThan(LIMIT_MS);
  });

  const envelope = (headers: string) => `{"headers": ${headers}, "properties": {}, "body": ""}`;

  test.each(json)('as headers of an entry, read: %s', (_name, make) => {
    const entry = (size: number) => envelope(`{"id": "i", "x": ${make(size)}}`);

    expect(cost(entry, parseEnvelope)).toBeLessThan(LIMIT_MS);
  });
});

/** Its library is slow, though linear: 20,000 keys took half a minute when each was looked for among all. */
const YAML_LENGTH = 130_000;
const YAML_LIMIT_MS = 8_000;

/** A million short lists, written out. */
const laughs = Array.from({ length: 6 }, (_, at) => {
  return `&a${at} [${Array(10)
    .fill(at === 0 ? '[]' : `*a${at - 1}`)
    .join(', ')}]`;
}).join(', ');

const yaml: readonly (readonly [string, (size: number) => string])[] = [
  ['members', (size) => `{${numbered((at) => `k${at}: 1`)(size)}}`],
  ['members in lines', (size) => numbered((at) => `k${at}: 1`)(size).replaceAll(',', '\n')],
  ['texts with escapes', (size) => `"${'\\\\\\"'.repeat(size)}"`],
  ['lists of lists', (size) => `[&a0 [], ${numbered((at) => `&a${at + 1} [*a${at}]`)(size)}]`],
  ['a list in lists, each as often as it may be', () => `[${laughs}]`],
  ['numbers of base 60', (size) => `1${':1'.repeat(size)}`],
];

test.each(yaml)(
  'what yaml costs grows as it does: %s',
  (_name, make) => {
    expect(cost(make, decodeYaml, YAML_LENGTH)).toBeLessThan(YAML_LIMIT_MS);
  },
  30_000,
);

const msgpack: readonly (readonly [string, (size: number) => Uint8Array])[] = [
  ['numbers', (size) => encodeMsgpack(Array.from({ length: size }, (_, at) => at))],
  [
    'members',
    (size) =>
      encodeMsgpack(Object.fromEntries(Array.from({ length: size }, (_, at) => [`k${at}`, at]))),
  ],
  ['lists in lists', (size) => Buffer.alloc(size, 0x91)],
  [
    'lists that say they are long',
    (size) => Buffer.concat(Array(size).fill(Buffer.from([0xdd, 0, 0, 0x7f, 0xff]))),
  ],
  ['64 bits', (size) => encodeMsgpack(Array.from({ length: size }, () => 2n ** 60n))],
];

test.each(msgpack)('what msgpack costs grows as it does: %s', (_name, make) => {
  expect(cost(make, decodeMsgpack)).toBeLessThan(LIMIT_MS);
});

/** Codes as Python's `pickletools` has them, a character per byte. */
const pickled =
  (code: (at: number) => string, [start, end] = ['(', 'l.']) =>
  (size: number) => {
    const codes = Array.from({ length: size }, (_, at) => code(at));
    return Buffer.from(`${start}${codes.join('')}${end}`, 'latin1');
  };

const pickles: readonly (readonly [string, (size: number) => Buffer])[] = [
  ['numbers', pickled((at) => `M${String.fromCharCode(at & 255, (at >> 8) & 255)}`)],
  ['digits', (size) => Buffer.from(`L${'9'.repeat(size)}L\n.`)],
  [
    'a long integer',
    (size) => Buffer.concat([Buffer.from([0x8b, 0, 0, 1, 0]), Buffer.alloc(size)]),
  ],
  ['long integers', pickled(() => `\x8b\xdc\x05\x00\x00${'\x7f'.repeat(1_500)}`)],
  ['members', pickled((at) => `Vk${at}\nN`, ['(', 'd.'])],
  ['members one by one', pickled((at) => `Vk${at}\nNs`, ['}', '.'])],
  ['items one by one', pickled(() => 'Na', [']', '.'])],
  ['items in many batches', pickled(() => '(NNe', [']', '.'])],
  ['marks', pickled(() => '(')],
  ['lists in lists', pickled(() => ']', ['', `${'a'.repeat(900)}.`])],
  ['tuples in tuples', pickled(() => '\x85', ['N', '.'])],
  ['memos', pickled((at) => `Np${at}\n`)],
  ['memos asked for', pickled(() => 'h\x00', ['(]q\x00', 'l.'])],
  ['a list in lists, twice each', pickled(() => '2\x86', ['N', '.'])],
  ['texts with escapes', pickled(() => 'V\\u0041\\u00\n')],
  ['one text with escapes', (size) => Buffer.from(`V${'\\u0041\\U'.repeat(size)}\n.`)],
  ['halves of surrogate pairs', surrogates],
  ['dates', pickled(() => 'cdatetime\ndate\n(C\x04\x07\xe8\x01\x02tR')],
  ['decimals', (size) => Buffer.from(`cdecimal\nDecimal\n(V${'1'.repeat(size)}x\ntR.`)],
  ['names of classes', pickled(() => 'ca\nb\n')],
];

/** One text of bytes that only Python calls UTF-8. */
function surrogates(size: number): Buffer {
  const head = Buffer.from([0x58, 0, 0, 0, 0]);
  head.writeUInt32LE(size * 4, 1);
  return Buffer.concat([
    head,
    Buffer.from('\xed\xa0\x80x'.repeat(size), 'latin1'),
    Buffer.from('.'),
  ]);
}

test.each(pickles)('what a pickle costs grows as it does: %s', (_name, make) => {
  const read = (bytes: Buffer) => readPickle(bytes, {});

  expect(cost(make, read)).toBeLessThan(LIMIT_MS);
});

test.each([
  ['a list', [0xdd, 0x0f, 0xff, 0xff, 0xff]],
  ['a map', [0xdf, 0x0f, 0xff, 0xff, 0xff]],
  ['lists in a list', [0xdc, 0x00, 0x02, 0x93, 1, 0x92]],
  ['a text cut off', [0xdb, 0x00]],
])(
  '%s that says that it is longer than it is, is refused before there is room for it',
  (_name, bytes) => {
    const before = process.memoryUsage().rss;

    expect(() => decodeMsgpack(Uint8Array.from(bytes))).toThrow(/longer than it is|in the middle/);
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
  },
);

const collect = exposedGc();

/** Asks V8 for what Node gives only to whoever started it so. */
function exposedGc(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** Bytes that what is read of an input holds on to. */
function held(read: () => unknown): number {
  collect();
  const before = process.memoryUsage();
  const value = read();
  collect();
  const after = process.memoryUsage();
  expect(value).toBeTypeOf('object');
  return after.heapUsed + after.external - before.heapUsed - before.external;
}

const items = (size: number) =>
  Array.from({ length: size }, (_, at) => ({ [`k${at % 100}`]: [at, `é${at}`] }));

/** What else is in memory comes and goes: the least says most. */
function leastOf(times: number, measure: () => number): number {
  return Math.min(...Array.from({ length: times }, measure));
}

/** Writes so many items, and reads that. */
interface Format {
  readonly name: string;
  readonly write: (size: number) => () => unknown;
}

const formats: readonly Format[] = [
  { name: 'json', write: (size) => reader(encodeJson(items(size)), decodeJson) },
  { name: 'yaml', write: (size) => reader(encodeYaml(items(size)), decodeYaml) },
  { name: 'yaml that repeats itself', write: (size) => reader(repeated(size), decodeYaml) },
  { name: 'msgpack', write: (size) => reader(encodeMsgpack(items(size)), decodeMsgpack) },
  { name: 'pickle', write: (size) => reader(writePickle(items(size)), (it) => readPickle(it, {})) },
];

function reader<Input>(input: Input, read: (input: Input) => unknown): () => unknown {
  return () => read(input);
}

test.each(formats)('what is read takes memory as it is long: $name', ({ write }) => {
  const [few, many] = [write(500), write(2_000)];
  few(); // libraries are loaded

  const [once, fourTimes] = [held(few), leastOf(3, () => held(many))];

  // what is quadratic takes sixteen times
  expect(fourTimes).toBeLessThan(9 * Math.max(once, 100_000));
});

/** A list of all numbers, and each of so many lists has it. */
function repeated(size: number): string {
  const numbers = Array.from({ length: size }, (_, at) => at);
  return `[&a [${numbers.join(', ')}], ${Array(Math.floor(size / 10))
    .fill('[*a]')
    .join(', ')}]`;
}

describe('what a body costs grows as it does', () => {
  const part = {
    bodyEncoding: 'base64',
    contentType: 'application/json',
    contentEncoding: 'utf-8',
  } as const;

  test.each([
    ['base64', (size: number) => btoa(`[["${'x'.repeat(size)}"], {}, null]`)],
    ['base64 with spaces', (size: number) => `${'W10 '.repeat(size)}`],
    ['base64 of no bytes that are UTF-8', (size: number) => btoa('\xff'.repeat(size))],
    ['steps', (size: number) => btoa(`[[], {}, {"chain": ${list('{"task": "a"}')(size)}}]`)],
  ])('%s', (_name, make) => {
    expect(cost(make, (body) => decodeBody({ ...part, body }))).toBeLessThan(LIMIT_MS);
  });

  test('the name of a compression', () => {
    const read = (compression: string) => decodeBody({ ...part, body: btoa('[]'), compression });

    expect(cost(times('x'), read, 10 * LENGTH)).toBeLessThan(LIMIT_MS);
  });

  test('a long integer that a pickle uses again and again', () => {
    const integer = Buffer.from(`\x80\x04\x8b\xf0\x06\0\0${'\x7f'.repeat(1776)}\x94(`, 'latin1');
    const make = (size: number) =>
      Buffer.concat([integer, Buffer.from('h\0'.repeat(size), 'latin1'), Buffer.from('l.')]);

    expect(cost(make, (bytes) => readPickle(bytes, { maxBytes: 1e7 }), 4 * LENGTH)).toBeLessThan(
      LIMIT_MS,
    );
  });

  test('compressed', () => {
    const make = (size: number) => deflateSync(' '.repeat(size)).toString('base64');
    const read = (body: string) => decodeBody({ ...part, body, compression: 'zlib' });

    expect(cost(make, read, 50_000)).toBeLessThan(LIMIT_MS);
  });

  test('written', () => {
    const embed = { callbacks: null, errbacks: null, chain: null, chord: null };
    const make = (size: number) =>
      Array.from({ length: size }, (_, at) => ({ [`é${at % 1_000}`]: [at] }));

    expect(cost(make, (args) => encodeBody(args, {}, embed), 50_000)).toBeLessThan(LIMIT_MS);
    expect(cost(make, (value) => encodeJson(value), 50_000)).toBeLessThan(LIMIT_MS);
  });

  test('as headers that are added to, and as a result', () => {
    const members = numbered((at) => `"k${at}": "\\\\\\""`);
    const entry = (size: number) => `{"headers": {${members(size)}}, "body": "", "properties": {}}`;
    const result = (size: number) =>
      `{"status": "X", "task_id": "i", "result": {${members(size)}}}`;

    expect(cost(entry, countDelivery)).toBeLessThan(LIMIT_MS);
    expect(cost(result, decodeResultMeta)).toBeLessThan(LIMIT_MS);
  });

  test('as a text for people', () => {
    const words = (size: number) => Array(size).fill(`${"a ' 😀".repeat(10)}`);
    const many = (size: number) => Array.from({ length: size }, () => ({ a: [{ b: [1] }] }));

    for (const make of [words, many]) {
      expect(cost(make, argsRepr, 50_000)).toBeLessThan(LIMIT_MS);
      expect(cost(make, (value) => pythonRepr(value, 1_000_000), 50_000)).toBeLessThan(LIMIT_MS);
    }
  });
});
