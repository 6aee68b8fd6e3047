import { DecodeError, MessageInvalidError } from '../errors.ts';
import {
  findCompression,
  getCompression,
  pack,
  strangeCompression,
  tooLarge,
  unpack,
} from './compression.ts';
import type { Delivery } from './message.ts';
import { findSerializer, getSerializer, isAuth, type Serializer } from './serializers.ts';
import { excerpt } from './values.ts';
import { DEFAULT_MAX_BYTES } from './written-out.ts';

/** Content that may be compressed. */
export interface Compressed {
  /** The header `compression`: a name, alias or content type; absent or null for none. */
  readonly compression?: string | null | undefined;
}

/** Content types, and serializers that belong to one app alone. */
export type Accepted = readonly (string | Serializer)[];

/** What may be read. */
export interface Reading {
  /** Only JSON if not given. */
  readonly accept?: Accepted | undefined;
  /** How many bytes content may have, unpacked; 100 MB if not given. */
  readonly maxBytes?: number | undefined;
}

/** How content is packed. */
export interface Packing {
  readonly method: string | null | undefined;
  /** Called with the number of bytes before they are compressed; throws to refuse them. */
  readonly checkSize?: ((bytes: number) => void) | undefined;
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

/** Compresses what a serializer has written. @throws NotSupportedError, and what `checkSize` does */
export function packContent(
  bytes: string,
  { contentType, contentEncoding }: Serializer,
  { method, checkSize }: Packing,
): Content {
  const compression = getCompression(method);
  if (!compression) return { contentType, contentEncoding, compression: undefined, body: bytes };
  checkSize?.(bytes.length);
  return { contentType, contentEncoding, ...pack(compression, bytes) };
}

type Part = Pick<Delivery, 'body' | 'bodyEncoding' | 'contentType' | 'contentEncoding'> &
  Compressed;

/**
 * The value that content stands for, of whatever kind.
 * @throws MessageInvalidError, DecodeError
 */
export function readContent(part: Part, reading: Reading = {}): unknown {
  const serializer = acceptedSerializer(part.contentType, reading.accept ?? ['application/json']);
  checkEncoding(part.contentEncoding);
  checkLength(part, reading);
  const maxBytes = maxBytesOf(reading);
  const bytes = unpacked(contentBytes(part), part.compression, maxBytes);
  try {
    return serializer.decode(bytes, maxBytes);
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError(`it is no ${serializer.name}: ${String(error)}`, { cause: error });
  }
}

function acceptedSerializer(contentType: string | null, accept: Accepted): Serializer {
  const own = accept.filter((each) => typeof each !== 'string');
  const apps = own.find((each) => each.contentType === contentType);
  if (apps) return apps;
  const found = contentType === null ? undefined : findSerializer(contentType);
  if (found && accept.includes(found.contentType)) return found;
  const seen = contentType === null ? 'missing' : `'${excerpt(contentType)}'`;
  const names = accept.map((each) =>
    typeof each === 'string' ? getSerializer(each).name : each.name,
  );
  const remedy = remedyFor(contentType, found, own);
  throw new MessageInvalidError(
    `the content type is ${seen}; accepted is ${names.join(', ')}${remedy}`,
  );
}

function remedyFor(
  contentType: string | null,
  found: Serializer | undefined,
  own: readonly Serializer[],
): string {
  if (own.some(({ name }) => isAuth(name))) return '; it is not signed, its sender must be';
  if (contentType !== null && isAuth(contentType)) {
    return '; if it is a signed message, this app needs setupSecurity()';
  }
  return found ? `; add '${found.name}' to 'acceptContent' if its senders are trusted` : '';
}

/** @throws DecodeError for a body that has more bytes than may be read, before it is copied */
export function checkLength(
  { body, bodyEncoding }: Pick<Part, 'body' | 'bodyEncoding'>,
  reading: Reading,
): void {
  const maxBytes = maxBytesOf(reading);
  // every three bytes are four characters of base64, the last ones maybe with less
  const bytes = bodyEncoding === 'base64' ? Math.floor(body.length / 4) * 3 - 2 : body.length;
  if (bytes > maxBytes) throw new DecodeError(tooLarge(maxBytes));
}

function maxBytesOf({ maxBytes = DEFAULT_MAX_BYTES }: Reading): number {
  return maxBytes;
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

function unpacked(bytes: string, method: string | null | undefined, maxBytes: number): string {
  if (!method || method === 'none') return bytes;
  const compression = findCompression(method);
  if (!compression) throw new MessageInvalidError(strangeCompression(excerpt(method)));
  return unpack(compression, bytes, maxBytes);
}
