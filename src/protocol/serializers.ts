import { isUtf8 } from 'node:buffer';
import { DecodeError, NotSupportedError } from '../errors.ts';
import { nearest } from '../util/index.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson, encodeString } from './json-encode.ts';
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
  encode(values, types, form = 'list') {
    const items = Object.entries(values).map(([path, value]) => {
      const text = encodeJson(value, { types, path });
      return form === 'list' ? text : `${encodeString(path)}: ${text}`;
    });
    return form === 'list' ? `[${items.join(', ')}]` : `{${items.join(', ')}}`;
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

/** Celery's, and why not here. Nobody can register them. */
const refused: ReadonlyMap<string, string> = new Map([['auth', 'signed messages come later']]);

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
  ...refused.keys(),
  ...['raw', 'text/plain', 'application/text', 'application/data'],
]);

/** The names of all serializers, those that were registered too. */
export function serializerNames(): readonly string[] {
  return [...new Set([...byName.values()].map(({ name }) => name))];
}

/** The serializer of a content type; undefined if there is none. */
export function findSerializer(nameOrContentType: string): Serializer | undefined {
  return byName.get(nameOrContentType);
}

/** The serializer by its name or content type. @throws NotSupportedError with those there are */
export function getSerializer(nameOrContentType: string): Serializer {
  const found = byName.get(nameOrContentType);
  if (found) return found;
  throw new NotSupportedError(strangeSerializer(nameOrContentType));
}

/** What is wrong with the name of a serializer that there is not. */
export function strangeSerializer(name: string): string {
  const reason = refused.get(name);
  const known = serializerNames();
  const use = `use ${known.join(', ')}`;
  if (reason !== undefined) return `serializer '${name}' is not supported: ${reason}; ${use}`;
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
