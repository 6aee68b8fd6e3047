import { isUtf8 } from 'node:buffer';
import { DecodeError, MessageInvalidError } from '../errors.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson } from './json-encode.ts';
import type { Delivery } from './message.ts';
import { isRecord, parseSignature, type SignatureData } from './signature.ts';
import { excerpt, type JsonTypes } from './values.ts';

/** What follows a task, as it travels in the third part of a message body. */
export interface Embed {
  /** Sent after success, each with the result first. */
  readonly callbacks: readonly SignatureData[] | null;
  /** Sent after a failure. */
  readonly errbacks: readonly SignatureData[] | null;
  /** The steps to come, reversed: the next one is the last. */
  readonly chain: readonly SignatureData[] | null;
  /** The body of the chord that this task is a part of. */
  readonly chord: SignatureData | null;
}

/** A message body, decoded. */
export interface Body {
  readonly args: readonly unknown[];
  readonly kwargs: Record<string, unknown>;
  readonly embed: Embed;
}

const nothingFollows = '{"callbacks": null, "errbacks": null, "chain": null, "chord": null}';
const usualEnd = `, ${nothingFollows}]`;

/**
 * Writes a protocol 2 body, `[args, kwargs, embed]`, as ASCII JSON.
 * @throws EncodeError with a path such as `args[0].price`.
 */
export function encodeBody(
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  embed: Embed,
  options: { readonly types?: JsonTypes } = {},
): string {
  const { types = 'typed' } = options;
  const start = `[${encodeJson(args, { types, path: 'args' })}, ${encodeKwargs(kwargs, types)}`;
  return `${start}, ${encodeEmbed(embed, types)}]`;
}

function encodeKwargs(kwargs: Readonly<Record<string, unknown>>, types: JsonTypes): string {
  for (const _ in kwargs) return encodeJson(kwargs, { types, path: 'kwargs' });
  return '{}';
}

function encodeEmbed({ callbacks, errbacks, chain, chord }: Embed, types: JsonTypes): string {
  if (!callbacks && !errbacks && !chain && !chord) return nothingFollows;
  return (
    `{"callbacks": ${encodeJson(callbacks, { types, path: 'callbacks' })}, ` +
    `"errbacks": ${encodeJson(errbacks, { types, path: 'errbacks' })}, ` +
    `"chain": ${encodeJson(chain, { types, path: 'chain' })}, ` +
    `"chord": ${encodeJson(chord, { types, path: 'chord' })}}`
  );
}

/**
 * Reads a protocol 2 body of JSON.
 * @throws MessageInvalidError saying why no worker can run this message.
 */
export function decodeBody(
  part: Pick<Delivery, 'body' | 'bodyEncoding' | 'contentType' | 'contentEncoding'>,
): Body {
  const text = bodyText(part);
  const body = parseUsual(text) ?? parseBody(text);
  if (isRecord(body)) {
    throw new MessageInvalidError('the body is an object; protocol 2 has an array of 3 items');
  }
  if (!Array.isArray(body) || body.length !== 3) {
    const seen = Array.isArray(body) ? `has ${body.length} items` : 'is no array';
    throw new MessageInvalidError(`the body ${seen}; expected [args, kwargs, embed]`);
  }
  const [args, kwargs, embed] = body as [unknown, unknown, unknown];
  if (!Array.isArray(args)) throw new MessageInvalidError('the args of the body are no array');
  if (!isRecord(kwargs)) throw new MessageInvalidError('the kwargs of the body are no object');
  return { args, kwargs, embed: parseEmbed(embed) };
}

/** Most tasks have nothing after them: then half of the body need not be read. */
function parseUsual(text: string): unknown[] | undefined {
  if (!text.endsWith(usualEnd)) return undefined;
  try {
    const body = decodeJson(`${text.slice(0, -usualEnd.length)}]`);
    return Array.isArray(body) && body.length === 2 ? [...body, null] : undefined;
  } catch {
    return undefined; // the whole is decoded next, and says what is wrong
  }
}

function parseBody(text: string): unknown {
  try {
    return decodeJson(text);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new MessageInvalidError(`the body cannot be read: ${error.summary}`, { cause: error });
  }
}

const knownEncodings: ReadonlySet<string | null> = new Set([
  null,
  'utf-8',
  'utf8',
  'us-ascii',
  'binary',
]);

function bodyText(part: Parameters<typeof decodeBody>[0]): string {
  const { body, bodyEncoding, contentType, contentEncoding } = part;
  if (contentType !== 'application/json') {
    const seen = contentType === null ? 'missing' : `'${excerpt(contentType)}'`;
    throw new MessageInvalidError(`the content type is ${seen}; only application/json is accepted`);
  }
  if (contentEncoding !== 'utf-8' && !knownEncodings.has(contentEncoding?.toLowerCase() ?? null)) {
    throw new MessageInvalidError(
      `the content encoding is '${excerpt(String(contentEncoding))}'; only utf-8 is accepted`,
    );
  }
  if (bodyEncoding === 'utf-8') return body;
  return decodeBase64(body);
}

function decodeBase64(body: string): string {
  let text: string;
  try {
    text = atob(body);
  } catch (error) {
    throw new MessageInvalidError('the body is no base64', { cause: error });
  }
  // atob makes one character of each byte, which is the text itself unless it has more than ASCII
  if (Buffer.byteLength(text, 'utf8') === text.length) return text;
  const bytes = Buffer.from(text, 'latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new MessageInvalidError('the body is no UTF-8 text; was it compressed?');
}

function parseEmbed(embed: unknown): Embed {
  if (embed === null) return { callbacks: null, errbacks: null, chain: null, chord: null };
  if (!isRecord(embed)) throw new MessageInvalidError('the embed of the body is no object');
  const { callbacks, errbacks, chain, chord } = embed;
  return {
    callbacks: parseSignatures(callbacks, 'callbacks'),
    errbacks: parseSignatures(errbacks, 'errbacks'),
    chain: parseSignatures(chain, 'chain'),
    chord: chord === null || chord === undefined ? null : parseSignature(chord, 'chord'),
  };
}

function parseSignatures(value: unknown, path: string): readonly SignatureData[] | null {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) throw new MessageInvalidError(`${path} of the body are no array`);
  return value.map((signature, index) => parseSignature(signature, `${path}[${index}]`));
}
