import { DecodeError, EncodeError, MessageInvalidError } from '../errors.ts';
import { getCompression, strangeCompression, UNPACKED_MAX_BYTES, unpack } from './compression.ts';
import type { Delivery } from './message.ts';
import { findSerializer, getSerializer, type Serializer } from './serializers.ts';
import { excerpt } from './values.ts';

/** Content that may be compressed. */
export interface Compressed {
  /** The header `compression`: a name, alias or content type; absent or null for none. */
  readonly compression?: string | null | undefined;
}

/** A serialized value and what its reader must know. */
export interface Content {
  readonly contentType: string;
  readonly contentEncoding: string;
  /** For the header `compression`; undefined if it is not compressed. */
  readonly compression: string | undefined;
  /** A character per byte. */
  readonly body: string;
}

/** Compresses what a serializer has written. @throws NotSupportedError, EncodeError */
export function packContent(
  bytes: string,
  { contentType, contentEncoding }: Serializer,
  method: string | null | undefined,
): Content {
  const compression = getCompression(method);
  if (!compression) return { contentType, contentEncoding, compression: undefined, body: bytes };
  if (bytes.length > UNPACKED_MAX_BYTES) {
    const limit = `${UNPACKED_MAX_BYTES / 1024 / 1024} MiB`;
    throw new EncodeError('the body', `it is larger than the ${limit} that a reader unpacks`);
  }
  const body = compression.compress(Buffer.from(bytes, 'latin1')).toString('latin1');
  return { contentType, contentEncoding, compression: compression.contentType, body };
}

type Part = Pick<Delivery, 'body' | 'bodyEncoding' | 'contentType' | 'contentEncoding'> &
  Compressed;

/**
 * The value that content stands for, of whatever kind.
 * @param accept - the content types that may be read.
 * @throws MessageInvalidError, DecodeError
 */
export function readContent(part: Part, accept: readonly string[] = ['application/json']): unknown {
  const serializer = acceptedSerializer(part.contentType, accept);
  checkEncoding(part.contentEncoding);
  const bytes = unpacked(contentBytes(part), part.compression);
  try {
    return serializer.decode(bytes);
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError(`it is no ${serializer.name}: ${String(error)}`, { cause: error });
  }
}

function acceptedSerializer(contentType: string | null, accept: readonly string[]): Serializer {
  const found = contentType === null ? undefined : findSerializer(contentType);
  if (found && accept.includes(found.contentType)) return found;
  const seen = contentType === null ? 'missing' : `'${excerpt(contentType)}'`;
  const names = accept.map((type) => getSerializer(type).name).join(', ');
  const remedy = found ? `; add '${found.name}' to 'acceptContent' if its senders are trusted` : '';
  throw new MessageInvalidError(`the content type is ${seen}; accepted is ${names}${remedy}`);
}

const encodings: ReadonlySet<string | undefined> = new Set([
  ...[undefined, 'utf-8', 'utf8', 'us-ascii', 'ascii', 'binary'],
]);

function checkEncoding(encoding: string | null): void {
  if (encodings.has(encoding?.toLowerCase())) return;
  throw new MessageInvalidError(
    `the content encoding is '${excerpt(String(encoding))}'; accepted are utf-8 and binary`,
  );
}

/** The bytes of a body, a character each. @throws MessageInvalidError for what is no base64 */
export function contentBytes({ body, bodyEncoding }: Pick<Part, 'body' | 'bodyEncoding'>): string {
  if (bodyEncoding === 'utf-8') return Buffer.from(body, 'utf8').toString('latin1');
  try {
    return atob(body);
  } catch (error) {
    throw new MessageInvalidError('the body is no base64', { cause: error });
  }
}

function unpacked(bytes: string, method: string | null | undefined): string {
  if (!method || method === 'none') return bytes;
  let compression: ReturnType<typeof getCompression>;
  try {
    compression = getCompression(method);
  } catch (error) {
    throw new MessageInvalidError(strangeCompression(excerpt(method)), { cause: error });
  }
  return compression ? unpack(compression, bytes) : bytes;
}
