import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../errors.ts';
import { unpackBzip2 } from './bzip2.ts';
import { unpackXz } from './xz.ts';
import { unpackZstd } from './zstd.ts';

interface Packed {
  readonly method: keyof typeof unpackers;
  readonly way: string;
  readonly input: string;
  readonly packed: string;
}

const unpackers = { bzip2: unpackBzip2, lzma: unpackXz, zstd: unpackZstd };
/** Whether a byte that was changed is always seen. */
const hasChecksum = ({ method, way }: Packed) => method !== 'zstd' && way !== 'no check';

const vectors = JSON.parse(
  readFileSync(new URL('../../../test/vectors/packed.json', import.meta.url), 'utf8'),
) as readonly Packed[];

function noise(count: number): Buffer {
  let state = 1n;
  return Buffer.from(
    Array.from({ length: count }, () => {
      state = (state * 1103515245n + 12345n) % 2n ** 31n;
      return Number((state >> 16n) & 0xffn);
    }),
  );
}

const words = Buffer.from(
  Array.from({ length: 1_500 }, (_, number) => `${number * number} words é ${number}, `).join(''),
);

const inputs: Readonly<Record<string, Buffer>> = {
  nothing: Buffer.alloc(0),
  one: Buffer.from('a'),
  noise: noise(3_000),
  runs: Buffer.concat(
    Array.from({ length: 600 }, (_, nth) => Buffer.alloc(nth + 1, (nth + 1) % 7)),
  ),
  words,
  mixed: Buffer.concat([noise(500), words.subarray(0, 3_000), noise(500), noise(500)]),
  zeros: Buffer.alloc(1_000_000),
};

const bytesOf = ({ packed }: Packed) => Buffer.from(packed, 'base64');
const vectorOf = (method: string, input: string) =>
  vectors.find((each) => each.method === method && each.input === input) as Packed;

/** What comes of bytes, or the kind of error. Anything else is thrown. */
function outcome(method: keyof typeof unpackers, packed: Buffer, maxOutputLength: number) {
  try {
    return unpackers[method](packed, { maxOutputLength });
  } catch (error) {
    if (error instanceof DecodeError) return 'wrong';
    if (error instanceof RangeError && error.message === 'longer than it may be') return 'too long';
    throw error;
  }
}

test.each(vectors)('what Python packed with $method ($way) is read: $input', (vector) => {
  const { method, input } = vector;
  const expected = inputs[input] as Buffer;

  const unpacked = unpackers[method](bytesOf(vector), { maxOutputLength: expected.length });

  expect(unpacked.equals(expected)).toBe(true);
});

describe.each(['bzip2', 'lzma', 'zstd'] as const)('%s', (method) => {
  test('may come in several parts', () => {
    const parts = ['words', 'nothing', 'zeros', 'words'];
    const packed = Buffer.concat(parts.map((input) => bytesOf(vectorOf(method, input))));

    const unpacked = unpackers[method](packed, { maxOutputLength: 10_000_000 });

    expect(unpacked.equals(Buffer.concat(parts.map((input) => inputs[input] as Buffer)))).toBe(
      true,
    );
  });

  test.each(['words', 'runs', 'mixed'])(
    'is not unpacked to one byte more than may be: %s',
    (input) => {
      const size = (inputs[input] as Buffer).length;

      expect(outcome(method, bytesOf(vectorOf(method, input)), size - 1)).toBe('too long');
    },
  );

  test('cut off anywhere it is refused', () => {
    for (const vector of vectors.filter(
      (each) => each.method === method && each.input === 'mixed',
    )) {
      const packed = bytesOf(vector);
      for (let length = 0; length < packed.length; length += 17) {
        expect(outcome(method, packed.subarray(0, length), 10_000)).toBe('wrong');
      }
      for (const less of [1, 2, 3, 4, 8, 12, 16]) {
        expect(outcome(method, packed.subarray(0, packed.length - less), 10_000)).toBe('wrong');
      }
    }
  });

  test('with anything behind it, or instead of it, it is refused', () => {
    const packed = bytesOf(vectorOf(method, 'words'));

    for (const more of ['x', 'more bytes than a header has', '\0']) {
      expect(outcome(method, Buffer.concat([packed, Buffer.from(more)]), 100_000)).toBe('wrong');
      expect(outcome(method, Buffer.from(more), 100_000)).toBe('wrong');
    }
  });

  test('a changed byte is refused where there is a checksum, and harmless where there is none', () => {
    for (const vector of vectors.filter(
      (each) => each.method === method && each.input === 'mixed',
    )) {
      const packed = bytesOf(vector);
      for (let at = 0; at < packed.length; at += 7) {
        const changed = Buffer.from(packed);
        changed[at] = (changed[at] as number) ^ (1 << (at & 7));
        const seen = outcome(method, changed, 10_000);
        // blocks may be said to be larger than they are
        if (typeof seen === 'object' && hasChecksum(vector)) {
          expect([at, seen.equals(inputs['mixed'] as Buffer)]).toEqual([at, true]);
        }
      }
    }
  });

  test('many parts of nothing take no more than their share', () => {
    const nothing = bytesOf(vectorOf(method, 'nothing'));

    expect(outcome(method, Buffer.concat(new Array(20_000).fill(nothing)), 0)).toHaveLength(0);
  });
});

/** Bytes of a text of bits. */
function bitsOf(...texts: string[]): Buffer {
  const bits = texts.join('');
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)));
}

test('a bzip2 block with a run longer than any block is refused', () => {
  const binary = (value: number, width: number) => value.toString(2).padStart(width, '0');
  const code = `${binary(1, 5)}0${'10'}0${'0'}`; // lengths 1, 2, 2
  const packed = Buffer.concat([
    Buffer.from('BZh1'),
    bitsOf(
      ...[binary(0x314159265359, 48), binary(0, 32), '0', binary(0, 24)],
      ...[binary(0x8000, 16), binary(0x8000, 16), binary(2, 3), binary(2, 15), '00', code, code],
      '0'.repeat(90),
    ),
  ]);

  expect(() => unpackBzip2(packed, { maxOutputLength: 1e9 })).toThrow(
    'a bzip2 block is longer than its stream says',
  );
});

test.each([
  ['the longest there is, without the bits it needs', 52],
  ['one that needs no bits', 31],
])('a zstd block of few bytes and 98,303 repetitions is refused at 128 KiB: %s', (_, match) => {
  const before = [8 << 3, 0, 0, ...Buffer.from('abcdefgh')];
  // no literals, and tables of one entry each
  const sequences = [0x00, 0xff, 0xff, 0xff, 0x54, 0, 0, match, 1];
  const head = [(sequences.length << 3) | 5, 0, 0];
  const packed = Buffer.from([
    ...[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58],
    ...[...before, ...head, ...sequences],
  ]);

  expect(() => unpackZstd(packed, { maxOutputLength: 1e9 })).toThrow(
    'the sequences of a zstd block are wrong',
  );
});

test('a zstd frame that says that it is too long is refused before it is read', () => {
  const packed = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xe0, ...Buffer.alloc(8, 0x0f), 1, 0, 0]);

  expect(outcome('zstd', packed, 1e9)).toBe('too long');
});

test.each([
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 0, 1, 0, 0], 'needs a dictionary'],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd, 0x28, 0, 1, 0, 0], 'has flags that are not known'],
] as const)(
  '%s with what is not supported is refused with the reason: %j',
  (method, bytes, reason) => {
    expect(() => unpackers[method](Buffer.from(bytes), { maxOutputLength: 10 })).toThrow(reason);
  },
);

test('bytes of zstd that are to be skipped are skipped', () => {
  const skipped = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const packed = Buffer.concat([skipped, bytesOf(vectorOf('zstd', 'words')), skipped]);

  expect(unpackZstd(packed, { maxOutputLength: 100_000 }).equals(words)).toBe(true);
});
