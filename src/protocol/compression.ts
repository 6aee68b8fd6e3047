import zlib from 'node:zlib';
import { DecodeError, NotSupportedError } from '../errors.ts';
import { nearest } from '../util/index.ts';

/** A way to make bodies smaller. Texts of bytes have a character per byte. */
export interface Compression {
  /** What the header `compression` says. */
  readonly contentType: string;
  readonly compress: (bytes: Buffer) => Buffer;
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

type ZstdSync = (bytes: Buffer, options?: { maxOutputLength: number }) => Buffer;

/** Node has it from 22.15 on. */
function zstd(): Compression | undefined {
  const { zstdCompressSync, zstdDecompressSync } = zlib as typeof zlib & {
    readonly zstdCompressSync?: ZstdSync;
    readonly zstdDecompressSync?: ZstdSync;
  };
  if (!zstdCompressSync || !zstdDecompressSync) return undefined;
  return {
    contentType: 'application/zstd',
    compress: (bytes) => zstdCompressSync(bytes),
    decompress: zstdDecompressSync,
  };
}

const zstdHere = zstd();

const compressions: Map<string, Compression> = new Map([
  ...['gzip', 'zlib', 'application/x-gzip'].map((name) => [name, zlibStream] as const),
  ...['brotli', 'application/x-brotli'].map((name) => [name, brotli] as const),
  ...['zstd', 'zstandard', 'application/zstd'].flatMap((name) =>
    zstdHere ? [[name, zstdHere] as const] : [],
  ),
]);

/** Celery's that Node cannot do. */
const refused: ReadonlySet<string> = new Set([
  ...['bzip2', 'bzip', 'application/x-bz2', 'lzma', 'xz', 'application/x-lzma'],
  ...['zstd', 'zstandard', 'application/zstd'],
]);

const names: Set<string> = new Set(['gzip', 'zlib', 'brotli', ...(zstdHere ? ['zstd'] : [])]);

/** Names and content types that nobody can register: ours and Celery's. */
export const reservedCompressions: ReadonlySet<string> = new Set([
  ...[...compressions.keys(), ...refused, 'none', 'identity'],
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

/** The method by its name, alias or content type; undefined for none at all. @throws NotSupportedError */
export function getCompression(name: string | null | undefined): Compression | undefined {
  if (name === null || name === undefined || name === 'none' || name === '') return undefined;
  const found = compressions.get(name);
  if (found) return found;
  throw new NotSupportedError(strangeCompression(name));
}

/** Whether a body may be compressed so. */
export function isCompression(name: string): boolean {
  return name === 'none' || compressions.has(name);
}

/** What is wrong with the name of a compression that there is not. */
export function strangeCompression(name: string): string {
  const use = `use ${[...names].join(', ')}`;
  if (refused.has(name)) return `compression '${name}' is not in this Node; ${use}`;
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
