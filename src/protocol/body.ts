import { DecodeError, MessageInvalidError } from '../errors.ts';
import {
  type Compressed,
  type Content,
  checkLength,
  packContent,
  type Reading,
  readContent,
} from './content.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson } from './json-encode.ts';
import { KnownEnds } from './known-ends.ts';
import type { Delivery } from './message.ts';
import { partsOfObject } from './protocol-1.ts';
import { getSerializer, jsonSerializer, type Serializer } from './serializers.ts';
import { isRecord, parseSignature, type SignatureData } from './signature.ts';
import type { JsonTypes } from './values.ts';

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
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly embed: Embed;
  /** Came as an object, as protocol 1 has it. */
  readonly isObject?: true;
}

const nothingFollows = '{"callbacks": null, "errbacks": null, "chain": null, "chord": null}';
const usualEnd = `, ${nothingFollows}]`;
const embedStart = ', {"callbacks": ';

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

/** How a body is written. */
export interface BodyOptions {
  readonly types: JsonTypes;
  /** A name or content type; 'json' if not given. */
  readonly serializer?: string | undefined;
  /** That of signed messages, if the app has one. */
  readonly auth?: Serializer | undefined;
  /** A name, alias or content type. */
  readonly compression?: string | null | undefined;
  /** Called with the number of bytes before they are compressed; throws to refuse them. */
  readonly checkSize?: ((bytes: number) => void) | undefined;
}

/** Writes a protocol 2 body with any serializer and compression. @throws EncodeError, NotSupportedError */
export function encodeContent(
  { args, kwargs, embed }: Body,
  { types, serializer: name = 'json', compression: method, checkSize, auth }: BodyOptions,
): Content {
  const serializer = name === 'json' ? jsonSerializer : getSerializer(name, auth);
  const isJson = serializer === jsonSerializer;
  const bytes = isJson
    ? encodeBody(args, kwargs, embed, { types })
    : serializer.encode({ args, kwargs, embed }, types);
  return packContent(bytes, serializer, { method, checkSize });
}

function encodeKwargs(kwargs: Readonly<Record<string, unknown>>, types: JsonTypes): string {
  for (const _ in kwargs) return encodeJson(kwargs, { types, path: 'kwargs' });
  return '{}';
}

function encodeEmbed({ callbacks, errbacks, chain, chord }: Embed, types: JsonTypes): string {
  if (!callbacks && !errbacks && !chain) {
    return chord ? chordTexts.of(chord, types) : nothingFollows;
  }
  return (
    `{"callbacks": ${encodeJson(callbacks, { types, path: 'callbacks' })}, ` +
    `"errbacks": ${encodeJson(errbacks, { types, path: 'errbacks' })}, ` +
    `"chain": ${encodeJson(chain, { types, path: 'chain' })}, ` +
    `"chord": ${encodeJson(chord, { types, path: 'chord' })}}`
  );
}

/** What follows members of a chord, by its body. */
class ChordTexts {
  #chord: SignatureData | undefined;
  #types: JsonTypes | undefined;
  #text = '';

  of(chord: SignatureData, types: JsonTypes): string {
    if (chord !== this.#chord || types !== this.#types) this.#write(chord, types);
    return this.#text;
  }

  /** Whoever has the chord may change something in it after this turn, but not while its members are written. */
  #write(chord: SignatureData, types: JsonTypes): void {
    const text = encodeJson(chord, { types, path: 'chord' });
    this.#text = `{"callbacks": null, "errbacks": null, "chain": null, "chord": ${text}}`;
    if (!this.#chord) queueMicrotask(() => this.#forget());
    this.#chord = chord;
    this.#types = types;
  }

  #forget(): void {
    this.#chord = undefined;
    this.#text = '';
  }
}

const chordTexts = new ChordTexts();

/**
 * Reads a body of protocol 2, or one that is an object as in protocol 1.
 * @throws MessageInvalidError saying why no worker can run this message.
 */
export function decodeBody(part: BodyPart, reading: Reading = {}): Body {
  const text = jsonText(part, reading);
  if (text === undefined) return anyBody(decodeContent(part, reading));
  if (text.endsWith(usualEnd)) return anyBody(parseUsual(text));
  const end = knownEnds.find(text);
  const start = end && attempt(() => decodeJson(`${text.slice(0, -end.text.length)}]`));
  if (end && isPair(start)) return bodyFrom([...start, null], end.meaning);
  const body = anyBody(readable(() => decodeJson(text)));
  if (body.embed.chord) noteEnd(text, body.embed);
  return body;
}

function anyBody(body: unknown): Body {
  if (isRecord(body)) return { ...bodyFrom(partsOfObject(body) ?? body), isObject: true };
  return bodyFrom(body);
}

/** The members of a chord all end with the same text: it is read once, mostly. */
const knownEnds = new KnownEnds<Embed>();

/** What a text ends with is the embed by itself only if what is before it is the rest of a list. */
function noteEnd(text: string, embed: Embed): void {
  const at = text.lastIndexOf(embedStart);
  if (at <= 0 || !knownEnds.takes(text.length - at)) return;
  if (isPair(attempt(() => decodeJson(`${text.slice(0, at)}]`)))) {
    knownEnds.note(text.slice(at), embed);
  }
}

function isPair(value: unknown): value is readonly [unknown, unknown] {
  return Array.isArray(value) && value.length === 2;
}

function bodyFrom(parts: unknown, known?: Embed): Body {
  if (!Array.isArray(parts) || parts.length !== 3) {
    const seen = Array.isArray(parts)
      ? `has ${parts.length} items`
      : isRecord(parts)
        ? "is an object without 'args'"
        : 'is no array';
    throw new MessageInvalidError(`the body ${seen}; expected [args, kwargs, embed]`);
  }
  const [args, kwargs, embed] = parts as [unknown, unknown, unknown];
  // Python spreads whatever can be gone through: of an object, its keys
  const list = isRecord(args) ? Object.keys(args) : args;
  if (!Array.isArray(list)) throw new MessageInvalidError('the args of the body are no array');
  if (!isRecord(kwargs)) throw new MessageInvalidError('the kwargs of the body are no object');
  return { args: list, kwargs, embed: known ?? parseEmbed(embed) };
}

/** The parts of a message that its body is read from. */
export type BodyPart = Pick<Delivery, 'body' | 'bodyEncoding' | 'contentType' | 'contentEncoding'> &
  Compressed;

/** The body of a delivery, whose compression is in its headers. @throws MessageInvalidError */
export function bodyOf(delivery: Omit<Delivery, 'tag' | 'queue'>, reading?: Reading): Body {
  const { compression } = delivery.headers;
  const isPacked = typeof compression === 'string';
  return decodeBody(isPacked ? { ...delivery, compression } : delivery, reading);
}

/** The fields of a delivery's body that is an object; undefined for any other. @throws MessageInvalidError */
export function objectBodyOf(
  delivery: Omit<Delivery, 'tag' | 'queue'>,
  reading: Reading = {},
): Readonly<Record<string, unknown>> | undefined {
  const { compression } = delivery.headers;
  const isPacked = typeof compression === 'string';
  const body = decodeContent(isPacked ? { ...delivery, compression } : delivery, reading);
  return isRecord(body) ? body : undefined;
}

/** The text of what nearly every body is: plain JSON in ASCII. @returns undefined for any other */
function jsonText(part: BodyPart, reading: Reading): string | undefined {
  if (part.contentType !== 'application/json' || part.contentEncoding !== 'utf-8') return undefined;
  const { accept } = reading;
  if (part.compression || (accept && !accept.includes('application/json'))) return undefined;
  readable(() => checkLength(part, reading));
  if (part.bodyEncoding === 'utf-8') return part.body;
  let text: string;
  try {
    text = atob(part.body);
  } catch {
    return undefined; // the whole is decoded next, and says what is wrong
  }
  // atob makes one character of each byte, which is the text itself unless it has more than ASCII
  return Buffer.byteLength(text, 'utf8') === text.length ? text : undefined;
}

/** Most tasks have nothing after them: then half of the body need not be read. */
function parseUsual(text: string): unknown {
  const body = attempt(() => decodeJson(`${text.slice(0, -usualEnd.length)}]`));
  return isPair(body) ? [...body, null] : readable(() => decodeJson(text));
}

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined; // the whole is decoded next, and says what is wrong
  }
}

/** @throws MessageInvalidError in place of a DecodeError */
function readable<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new MessageInvalidError(`the body cannot be read: ${error.summary}`, { cause: error });
  }
}

function decodeContent(part: BodyPart, reading: Reading): unknown {
  return readable(() => readContent(part, reading));
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
