import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readVectors } from '../../test/vectors/vectors.ts';
import { MessageInvalidError, NotSupportedError } from '../errors.ts';
import { type Body, decodeBody, encodeContent } from './body.ts';
import { isCompression, strangeCompression } from './compression.ts';

interface CompressionVector {
  readonly method: string;
  readonly content_type: string;
  readonly compressed: { readonly base64: string };
}

const body: Body = {
  args: [1, 2],
  kwargs: {},
  embed: { callbacks: null, errbacks: null, chain: null, chord: null },
};
const hasZstd = 'zstdCompressSync' in zlib;
const part = {
  bodyEncoding: 'base64',
  contentType: 'application/json',
  contentEncoding: 'utf-8',
} as const;

describe.each(['5.2.6', '5.6.2'] as const)('of Celery %s', (version) => {
  test.each(readVectors<CompressionVector>(version, 'j_compression'))(
    'what Python compressed with $method is read, by its content type and by its name',
    ({ method, content_type: contentType, compressed: { base64 } }) => {
      for (const compression of [contentType, method]) {
        expect(decodeBody({ ...part, body: base64, compression })).toEqual(body);
      }
    },
  );
});

/** Every name that Celery has, and whether it can be sent with. */
const methods = [
  { contentType: 'application/x-gzip', aliases: ['gzip', 'zlib'], isWritten: true },
  { contentType: 'application/x-brotli', aliases: ['brotli'], isWritten: true },
  { contentType: 'application/zstd', aliases: ['zstd', 'zstandard'], isWritten: hasZstd },
  { contentType: 'application/x-bz2', aliases: ['bzip2', 'bzip'], isWritten: false },
  { contentType: 'application/x-lzma', aliases: ['lzma', 'xz'], isWritten: false },
];

describe.each(methods)('$contentType', ({ contentType, aliases, isWritten }) => {
  test.each([...aliases, contentType])('is known as %s', (name) => {
    const send = () => encodeContent(body, { types: 'typed', compression: name });

    expect(isCompression(name)).toBe(isWritten);
    if (isWritten) {
      const content = send();
      const packed = { ...content, body: btoa(content.body), bodyEncoding: 'base64' } as const;
      expect(content.compression).toBe(contentType);
      expect(decodeBody(packed)).toEqual(body);
    } else {
      expect(send).toThrow(NotSupportedError);
      expect(strangeCompression(name)).toMatch(
        `compression '${name}' can be read, not written here (`,
      );
      expect(strangeCompression(name)).toMatch(/\); use gzip, zlib, brotli/);
    }
  });

  test('what was compressed otherwise is refused', () => {
    const read = () =>
      decodeBody({ ...part, body: btoa('[[], {}, {}]'), compression: contentType });

    expect(read).toThrow(MessageInvalidError);
  });
});

test('a compression that nobody knows is refused with those there are', () => {
  const read = () => decodeBody({ ...part, body: '', compression: 'application/x-snappy' });

  expect(read).toThrow(MessageInvalidError);
  expect(read).toThrow("'application/x-snappy' is not supported; use gzip, zlib, brotli");
});
