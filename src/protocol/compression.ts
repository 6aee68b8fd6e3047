import zlib from 'node:zlib';
import { DecodeError, NotSupportedError } from '../errors.ts';
import { nearest } from '../util/index.ts';
import { unpackBzip2 } from './unpacking/bzip2.ts';
import { unpackXz } from './unpacking/xz.ts';
import { unpackZstd } from './unpacking/zstd.ts';

/** A way to make bodies smaller. Texts of bytes have a character per byte. */
export interface Compression {
  /** What the header `compression` says. */
  readonly contentType: string;
  /** Why there is none, where it can only be read. */
  readonly compress: ((bytes: Buffer) => Buffer) | { readonly cannot: string };
  /** @throws RangeError at the limit, DecodeError for what is wrong otherwise, or whatever else */
  readonly decompress: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;
}

/** A zlib stream (RFC 1950) in spite of the name, as Celery's. */
const zlibStream: Compression = {
  contentType: 'application/x-gzip',
  compress: (bytes) => zlib.deflateSync(bytes),
  decompress: (bytes, options) => zlib.inflateSync(bytes, options),
};

const brotli: Compression = {
  contentType: 'application/x-brotli',
  compress: (bytes) => zlib.brotliCompressSync(bytes),
  decompress: (bytes, options) => zlib.brotliDecompressSync(bytes, options),
};

const bzip2: Compression = {
  contentType: 'application/x-bz2',
  compress: { cannot: 'Node has no writer of it' },
  decompress: unpackBzip2,
};

/** An .xz file in spite of the name, as Celery's. */
const lzma: Compression = {
  contentType: 'application/x-lzma',
  compress: { cannot: 'Node has no writer of it' },
  decompress: unpackXz,
};

type ZstdSync = (bytes: Buffer, options?: { maxOutputLength: number }) => Buffer;

const { zstdCompressSync, zstdDecompressSync } = zlib as typeof zlib & {
  readonly zstdCompressSync?: ZstdSync;
  readonly zstdDecompressSync?: ZstdSync;
};

/** Node has it from 22.15 on. */
const zstd: Compression = {
  contentType: 'application/zstd',
  compress: zstdCompressSync
    ? (bytes) => zstdCompressSync(bytes)
    : { cannot: 'Node does so from 22.15 on' },
  decompress: zstdDecompressSync ?? unpackZstd,
};

const compressions: Map<string, Compression> = new Map(
  [
    { compression: zlibStream, names: ['gzip', 'zlib'] },
    { compression: bzip2, names: ['bzip2', 'bzip'] },
    { compression: lzma, names: ['lzma', 'xz'] },
    { compression: brotli, names: ['brotli'] },
    { compression: zstd, names: ['zstd', 'zstandard'] },
  ].flatMap(({ compression, names: own }) =>
    [...own, compression.contentType].map((name) => [name, compression] as const),
  ),
);

/** Those that can be written, by the names that errors tell. */
const names: Set<string> = new Set([
  'gzip',
  'zlib',
  'brotli',
  ...(zstdCompressSync ? ['zstd'] : []),
]);

/** Names and content types that nobody can register: Celery's. */
export const reservedCompressions: ReadonlySet<string> = new Set([
  ...[...compressions.keys(), 'none', 'identity'],
]);

/** Makes a compression known by its content type and these names; the first is the one that errors tell. */
export function addCompression(compression: Compression, own: readonly string[]): void {
  for (const name of [...own, compression.contentType]) compressions.set(name, compression);
  if (own[0] !== undefined) names.add(own[0]);
}

/** The one that is known by a name, alias or content type. */
export function findCompression(name: string): Compression | undefined {
  return compressions.get(name);
}

/**
 * The method that reads, by its name, alias or content type; undefined for none at all.
 * @throws NotSupportedError
 */
export function getCompression(name: string | null | undefined): Compression | undefined {
  if (name === null || name === undefined || name === 'none' || name === '') return undefined;
  const found = compressions.get(name);
  if (found) return found;
  throw new NotSupportedError(strangeCompression(name));
}

/** A body made smaller, and what says so in its header. @throws NotSupportedError for what can only be read */
export function pack(
  { contentType, compress }: Compression,
  bytes: string,
): { readonly compression: string; readonly body: string } {
  if (typeof compress !== 'function') throw new NotSupportedError(strangeCompression(contentType));
  const body = compress(Buffer.from(bytes, 'latin1')).toString('latin1');
  return { compression: contentType, body };
}

/** Whether a body may be sent compressed so. */
export function isCompression(name: string): boolean {
  return name === 'none' || typeof compressions.get(name)?.compress === 'function';
}

/** What is wrong with the name of a compression that nothing can be sent with. */
export function strangeCompression(name: string): string {
  const use = `use ${[...names].join(', ')}`;
  const compress = compressions.get(name)?.compress;
  if (typeof compress === 'object') {
    return `compression '${name}' can be read, not written here (${compress.cannot}); ${use}`;
  }
  const near = nearest(name, names);
  const hint =
    near === undefined ? `${use}, or registerCompression() first` : `did you mean '${near}'?`;
  return `compression '${name}' is not supported; ${hint}`;
}

/**
 * @param maxBytes - what it may be unpacked: a few bytes that unpack to gigabytes must not take a worker along.
 * @throws DecodeError for what was not compressed so, or is too large unpacked
 */
export function unpack(
  { contentType, decompress }: Compression,
  bytes: string,
  maxBytes: number,
): string {
  try {
    const options = { maxOutputLength: maxBytes };
    return decompress(Buffer.from(bytes, 'latin1'), options).toString('latin1');
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    const isTooLarge = error instanceof RangeError;
    const reason = isTooLarge ? tooLarge(maxBytes) : `it was not compressed as ${contentType}`;
    throw new DecodeError(reason, { cause: error });
  }
}

/** What is wrong with a body of more bytes than may be read. */
export function tooLarge(maxBytes: number): string {
  return `unpacked it is larger than the ${maxBytes} bytes of 'taskMaxPayload'`;
}
