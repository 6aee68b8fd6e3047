import zlib from 'node:zlib';
import { decodeMsgpack, encodeMsgpack } from '../../src/protocol/msgpack.ts';
import { decodeYaml, encodeYaml } from '../../src/protocol/yaml.ts';
import { Raw, write } from './values.ts';

type Tree = Record<string, unknown>;

/** A message taken apart into what can be changed. */
export interface Draft {
  /** As it is on the wire but for its body. */
  readonly envelope: Tree;
  /** What the body holds; undefined where only its bytes are known. */
  content: unknown;
  /** The body before it is compressed, once it is known or written; a character per byte. */
  bytes: string;
  /** Applied to what is written, in this order. */
  readonly plain: ((bytes: string) => string)[];
  readonly packed: ((bytes: string) => string)[];
  readonly text: ((text: string) => string)[];
}

/** Takes an entry of a queue apart. @returns undefined for what is none */
export function draftOf(entry: string): Draft | undefined {
  let envelope: unknown;
  try {
    envelope = JSON.parse(entry);
  } catch {
    return undefined;
  }
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope))
    return undefined;
  const tree = envelope as Tree;
  const bytes = unpacked(bodyBytes(tree), headerOf(tree, 'compression'));
  const content = decoded(bytes, tree['content-type']);
  return { envelope: tree, content, bytes, plain: [], packed: [], text: [] };
}

/** The entry that a draft comes to. */
export function written({ envelope, content, bytes, plain, packed, text }: Draft): string {
  let body = content === undefined ? bytes : encoded(content, envelope['content-type']);
  for (const change of plain) body = change(body);
  body = repacked(body, headerOf(envelope, 'compression'));
  for (const change of packed) body = change(body);
  const properties = envelope['properties'] as Tree | null | undefined;
  const isBase64 = properties?.['body_encoding'] === 'base64';
  const buffer = Buffer.from(body, 'latin1');
  const wire = {
    ...envelope,
    body: isBase64 ? buffer.toString('base64') : buffer.toString('utf8'),
  };
  return text.reduce((each, change) => change(each), write(wire));
}

function headerOf(envelope: Tree, name: string): unknown {
  const headers = envelope['headers'];
  return typeof headers === 'object' && headers !== null ? (headers as Tree)[name] : undefined;
}

function bodyBytes({ body, properties }: Tree): string {
  if (typeof body !== 'string') return write(body);
  const isBase64 = (properties as Tree | null)?.['body_encoding'] === 'base64';
  return Buffer.from(body, isBase64 ? 'base64' : 'utf8').toString('latin1');
}

function unpacked(bytes: string, method: unknown): string {
  const buffer = Buffer.from(bytes, 'latin1');
  try {
    if (method === 'application/x-gzip') return zlib.inflateSync(buffer).toString('latin1');
    if (method === 'application/x-brotli')
      return zlib.brotliDecompressSync(buffer).toString('latin1');
  } catch {
    // it stays as it is
  }
  return bytes;
}

const quickly = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } };

function repacked(bytes: string, method: unknown): string {
  const buffer = Buffer.from(bytes, 'latin1');
  if (method === 'application/x-gzip' || method === 'gzip' || method === 'zlib') {
    return zlib.deflateSync(buffer, { level: 1 }).toString('latin1');
  }
  if (method === 'application/x-brotli' || method === 'brotli') {
    return zlib.brotliCompressSync(buffer, quickly).toString('latin1');
  }
  if (method === 'application/x-bz2' || method === 'application/x-lzma') return bytes;
  return bytes;
}

function decoded(bytes: string, type: unknown): unknown {
  try {
    const buffer = Buffer.from(bytes, 'latin1');
    if (type === 'application/json') return JSON.parse(buffer.toString('utf8'));
    if (type === 'application/x-yaml') return decodeYaml(buffer.toString('utf8'));
    if (type === 'application/x-msgpack') return decodeMsgpack(buffer);
  } catch {
    // only its bytes are changed
  }
  return undefined;
}

function encoded(content: unknown, type: unknown): string {
  try {
    if (type === 'application/x-yaml') return bytesOf(encodeYaml(plainly(content)));
    if (type === 'application/x-msgpack') {
      return Buffer.from(encodeMsgpack(plainly(content))).toString('latin1');
    }
  } catch {
    // what cannot be written so is written as JSON, which is a mutation, too
  }
  return bytesOf(write(content));
}

function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Without the texts of JSON in it. */
function plainly(value: unknown): unknown {
  if (value instanceof Raw) {
    try {
      return JSON.parse(value.text);
    } catch {
      return value.text;
    }
  }
  if (Array.isArray(value)) return value.map(plainly);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainly(each)]));
}
