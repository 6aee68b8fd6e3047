import { ConfigError, DecodeError, EncodeError } from '../errors.ts';
import {
  addCompression,
  type Compression,
  findCompression,
  reservedCompressions,
} from './compression.ts';
import { bytesOf, isName, isType, reasonOf, refusePromise } from './registering.ts';

/** A compression of a program's own. Both functions are synchronous, and may throw anything. */
export interface CompressionDefinition {
  /** As settings and options call it. */
  readonly name: string;
  /** Other names that it goes by. */
  readonly aliases?: readonly string[] | undefined;
  /** As messages call it, such as 'application/x-snappy': the same in every program that reads them, Python's too. */
  readonly contentType: string;
  readonly compress: (bytes: Uint8Array) => Uint8Array;
  /**
   * The bytes again. It must stop at `maxOutputLength`, which Node's zlib takes under the same name: a few bytes may unpack
   * to gigabytes. A longer result is refused, but then its memory was spent.
   */
  readonly decompress: (
    bytes: Uint8Array,
    options: { readonly maxOutputLength: number },
  ) => Uint8Array;
}

/**
 * Makes a compression known to this process. A module with tasks calls it at its top, before anything names the compression
 * (settings are checked when they are first read): workers load that module in their main thread and in each executor.
 * @throws ConfigError for a name or content type that is Celery's or that another compression has
 */
export function registerCompression(definition: CompressionDefinition): void {
  const { name, aliases = [], contentType, compress, decompress } = definition;
  const problem = problemOf({ ...definition, aliases });
  if (problem !== undefined) throw new ConfigError(`registerCompression(): ${problem}`);
  const compression: Compression = {
    contentType,
    compress: (bytes) => compressed({ name, compress }, bytes),
    decompress: (bytes, options) => decompressed({ name, decompress }, bytes, options),
  };
  addCompression(compression, [name, ...aliases]);
}

function problemOf({ name, aliases = [], ...definition }: CompressionDefinition) {
  const { contentType, compress, decompress } = definition;
  const names: readonly unknown[] = [name, ...aliases];
  const strange = names.find((each) => !isName(each));
  if (names.some((each) => each === strange)) {
    return `a name must be a word such as 'snappy', got '${String(strange)}'`;
  }
  if (!isType(contentType)) {
    return `'contentType' must be one such as 'application/x-snappy' in small letters, got '${String(contentType)}'`;
  }
  if (typeof compress !== 'function' || typeof decompress !== 'function') {
    return `'compress' and 'decompress' of '${name}' must be functions`;
  }
  const all = [name, ...aliases, contentType];
  const taken = all.find((each) => reservedCompressions.has(each));
  if (taken !== undefined) return `'${taken}' is Celery's own and stays what it is; choose another`;
  const other = all.map(findCompression).find((each) => each && each.contentType !== contentType);
  if (other) return `a name of '${name}' is registered already, for ${other.contentType}`;
  return undefined;
}

function compressed(
  { name, compress }: Pick<CompressionDefinition, 'name' | 'compress'>,
  bytes: Buffer,
): Buffer {
  try {
    const packed: unknown = compress(bytes);
    refusePromise(packed);
    const made = bytesOf(packed);
    if (made) return made;
  } catch (error) {
    const reason = `compression '${name}' failed: ${reasonOf(error)}`;
    throw new EncodeError('the body', reason, { cause: error });
  }
  throw new EncodeError('the body', `compression '${name}' made no Uint8Array`);
}

function decompressed(
  { name, decompress }: Pick<CompressionDefinition, 'name' | 'decompress'>,
  bytes: Buffer,
  options: { readonly maxOutputLength: number },
): Buffer {
  let made: Buffer | undefined;
  try {
    const unpacked: unknown = decompress(bytes, options);
    refusePromise(unpacked);
    made = bytesOf(unpacked);
  } catch (error) {
    if (error instanceof RangeError) throw error; // Node's own when the limit was reached
    const reason = `compression '${name}' cannot unpack it: ${reasonOf(error)}`;
    throw new DecodeError(reason, { cause: error });
  }
  if (!made) throw new DecodeError(`compression '${name}' unpacked it to no Uint8Array`);
  if (made.length > options.maxOutputLength) throw new RangeError('longer than it may be');
  return made;
}
