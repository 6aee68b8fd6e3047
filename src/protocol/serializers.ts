import { isUtf8 } from 'node:buffer';
import { DecodeError, NotSupportedError } from '../errors.ts';
import { nearest } from '../util/index.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson } from './json-encode.ts';
import { decodeMsgpack, encodeMsgpack } from './msgpack.ts';
import { pickleSerializer } from './pickle/serializer.ts';
import { plainForm } from './plain-value.ts';
import type { Serializer } from './serializer.ts';
import { decodeYaml, encodeYaml } from './yaml.ts';

export type { Serializer } from './serializer.ts';

/** Celery's default, and the only one that a plain program loads. */
export const jsonSerializer: Serializer = {
  name: 'json',
  contentType: 'application/json',
  contentEncoding: 'utf-8',
  encode(values, types, form) {
    if (form === 'record') return encodeJson(values, { types });
    const items = Object.entries(values).map(([path, value]) => encodeJson(value, { types, path }));
    return `[${items.join(', ')}]`;
  },
  decode: (bytes) => decodeJson(utf8Text(bytes)),
};

const serializers: readonly Serializer[] = [
  jsonSerializer,
  {
    name: 'yaml',
    contentType: 'application/x-yaml',
    contentEncoding: 'utf-8',
    encode(values, types, form) {
      const plain = plainForm(values, { serializer: 'yaml', types }, form);
      return Buffer.from(encodeYaml(plain), 'utf8').toString('latin1');
    },
    decode: (bytes, maxBytes) => decodeYaml(utf8Text(bytes), maxBytes),
  },
  {
    name: 'msgpack',
    contentType: 'application/x-msgpack',
    contentEncoding: 'binary',
    encode(values, types, form) {
      const plain = plainForm(values, { serializer: 'msgpack', types }, form);
      return Buffer.from(encodeMsgpack(plain)).toString('latin1');
    },
    decode: (bytes) => decodeMsgpack(Buffer.from(bytes, 'latin1')),
  },
  pickleSerializer,
];

const byName: Map<string, Serializer> = new Map();

for (const serializer of serializers) addSerializer(serializer);

/** Makes a serializer known by its name and its content type; one of the same name is replaced. */
export function addSerializer(serializer: Serializer): void {
  byName.set(serializer.name, serializer);
  byName.set(serializer.contentType, serializer);
}

/** Names and content types that nobody can register: ours, Celery's, and what Kombu does not decode. */
export const reservedSerializers: ReadonlySet<string> = new Set([
  ...byName.keys(),
  ...['auth', 'raw', 'text/plain', 'application/text', 'application/data'],
]);

/** The names of all serializers, those that were registered too. */
export function serializerNames(): readonly string[] {
  return [...new Set([...byName.values()].map(({ name }) => name))];
}

/** That of signed messages. There is none in this table: each app has one of its own, with its keys. */
const authNames: ReadonlySet<string> = new Set(['auth', 'application/data']);

/** Whether it is the name or the content type of signed messages. */
export function isAuth(nameOrContentType: string): boolean {
  return authNames.has(nameOrContentType);
}

/** Whether settings and options can name it; whether an app can sign, only the app knows. */
export function isSerializer(nameOrContentType: string): boolean {
  return byName.has(nameOrContentType) || isAuth(nameOrContentType);
}

/** The serializer of a content type; undefined if there is none. */
export function findSerializer(nameOrContentType: string): Serializer | undefined {
  return byName.get(nameOrContentType);
}

/**
 * The serializer by its name or content type.
 * @param auth - the app's own for signed messages
 * @throws NotSupportedError with those there are
 */
export function getSerializer(nameOrContentType: string, auth?: Serializer): Serializer {
  const found = byName.get(nameOrContentType) ?? (isAuth(nameOrContentType) ? auth : undefined);
  if (found) return found;
  throw new NotSupportedError(strangeSerializer(nameOrContentType));
}

/** What is wrong with the name of a serializer that there is not. */
export function strangeSerializer(name: string): string {
  if (isAuth(name)) return `serializer '${name}' signs messages; call app.setupSecurity() first`;
  const known = serializerNames();
  const use = `use ${known.join(', ')}`;
  const near = nearest(name, known);
  const hint =
    near === undefined ? `${use}, or registerSerializer() first` : `did you mean '${near}'?`;
  return `serializer '${name}' is not supported; ${hint}`;
}

/** The text that bytes of UTF-8 are. @throws DecodeError for bytes that are none */
export function utf8Text(bytes: string): string {
  if (Buffer.byteLength(bytes, 'utf8') === bytes.length) return bytes; // ASCII
  const buffer = Buffer.from(bytes, 'latin1');
  if (isUtf8(buffer)) return buffer.toString('utf8');
  throw new DecodeError('it is no UTF-8 text; was it compressed?');
}
