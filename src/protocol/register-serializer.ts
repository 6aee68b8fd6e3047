import { ConfigError, DecodeError, EncodeError } from '../errors.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson } from './json-encode.ts';
import { plainForm } from './plain-value.ts';
import { bytesOf, isName, isType, reasonOf, refusePromise } from './registering.ts';
import { addSerializer, findSerializer, reservedSerializers } from './serializers.ts';

/** A serializer of a program's own. Both functions are synchronous, and may throw anything. */
export interface SerializerDefinition {
  /** As settings and options call it. */
  readonly name: string;
  /** As messages call it, such as 'application/cbor': the same in every program that reads them, Python's too. */
  readonly contentType: string;
  /** 'binary' if not given. */
  readonly contentEncoding?: 'binary' | 'utf-8' | undefined;
  /**
   * Writes one value: of a task `[args, kwargs, embed]`, of a result an object that begins with `status`. In it are null, booleans, numbers, bigints, strings, arrays,
   * objects without a class, Date, Buffer, Decimal, Uuid, PlainDate and PlainTime. A text is written as UTF-8.
   */
  readonly encode: (value: unknown) => Uint8Array | string;
  /** The value again, of the same kinds; anything else makes the message malformed. */
  readonly decode: (bytes: Uint8Array) => unknown;
}

/**
 * Makes a serializer known to this process. A module with tasks calls it at its top, before anything names the serializer
 * (settings are checked when they are first read): workers load that module in their main thread and in each executor.
 * @throws ConfigError for a name or content type that is Celery's or that another serializer has
 */
export function registerSerializer(definition: SerializerDefinition): void {
  const { name, contentType, contentEncoding = 'binary', encode, decode } = definition;
  const problem = problemOf({ ...definition, contentEncoding });
  if (problem !== undefined) throw new ConfigError(`registerSerializer(): ${problem}`);
  addSerializer({
    ...{ name, contentType, contentEncoding },
    encode: (values, types, form) => encoded({ name, encode }, plainForm(values, { types }, form)),
    decode: (bytes) => decoded({ name, decode }, Buffer.from(bytes, 'latin1')),
  });
}

function problemOf(definition: SerializerDefinition): string | undefined {
  const { name, contentType, contentEncoding, encode, decode } = definition;
  if (!isName(name)) return `'name' must be a word such as 'cbor', got '${String(name)}'`;
  if (!isType(contentType)) {
    return `'contentType' must be one such as 'application/cbor' in small letters, got '${String(contentType)}'`;
  }
  if (contentEncoding !== 'binary' && contentEncoding !== 'utf-8') {
    return `'contentEncoding' must be 'binary' or 'utf-8', got '${String(contentEncoding)}'`;
  }
  if (typeof encode !== 'function' || typeof decode !== 'function') {
    return `'encode' and 'decode' of '${name}' must be functions`;
  }
  const taken = [name, contentType].find((each) => reservedSerializers.has(each));
  if (taken !== undefined) return `'${taken}' is Celery's own and stays what it is; choose another`;
  const other = [name, contentType].map(findSerializer).find((each) => each !== undefined);
  if (!other || (other.name === name && other.contentType === contentType)) return undefined;
  return `'${other.name}' (${other.contentType}) is registered already; choose another name and content type`;
}

function encoded(
  { name, encode }: Pick<SerializerDefinition, 'name' | 'encode'>,
  value: unknown,
): string {
  let written: unknown;
  try {
    written = encode(value);
    refusePromise(written);
    if (typeof written === 'string') return Buffer.from(written, 'utf8').toString('latin1');
    const bytes = bytesOf(written);
    if (bytes) return bytes.toString('latin1');
  } catch (error) {
    const reason = `serializer '${name}' failed: ${reasonOf(error)}`;
    throw new EncodeError('the body', reason, { cause: error });
  }
  throw new EncodeError('the body', `serializer '${name}' made neither a Uint8Array nor a text`);
}

function decoded(
  { name, decode }: Pick<SerializerDefinition, 'name' | 'decode'>,
  bytes: Buffer,
): unknown {
  try {
    const value = decode(bytes);
    refusePromise(value);
    // whatever it is, from here on it is data that crosses threads
    return decodeJson(encodeJson(value));
  } catch (error) {
    const reason = `serializer '${name}' cannot read it: ${reasonOf(error)}`;
    throw new DecodeError(reason, { cause: error });
  }
}
