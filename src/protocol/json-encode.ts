import { types } from 'node:util';
import { EncodeError } from '../errors.ts';
import { maxDigits } from './json-decode.ts';
import { pythonNumber } from './python-number.ts';
import { isoText } from './time.ts';
import { type JsonTypes, typedBytes, type WireValue, wireType } from './values.ts';

/** How `encodeJson` writes. */
export interface EncodeOptions {
  /** The form of values that JSON has not; `typed` if not given. */
  readonly types?: JsonTypes;
  /** What the value is called in an error, such as `args`. */
  readonly path?: string;
}

/** JSON text that `encodeJson` splices in as it is. */
export class RawJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Python stops reading at about 1000 levels; a few are left for what a message wraps around a value. */
const maxDepth = 900;

/**
 * Writes a value as Python's `json.dumps` would: ASCII, `", "` between items, `": "` after keys.
 * Which values can be written, and how, is the table in `docs/values.md`.
 * @throws EncodeError with the path of a value that has no form on the wire.
 */
export function encodeJson(value: unknown, options: EncodeOptions = {}): string {
  const simple = encodeScalar(value) ?? encodeShortArray(value);
  if (simple !== undefined) return simple;
  const writer = new JsonWriter(options);
  try {
    return writer.write(value, 0);
  } catch (error) {
    if (error instanceof EncodeError) throw error;
    throw writer.failure(`reading it threw '${String(error)}'`, { cause: error });
  }
}

/** Most arguments are few and plain; they need no writer. @returns undefined for anything else. */
function encodeShortArray(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length > 16) return undefined;
  let text = '[';
  for (let index = 0; index < value.length; index++) {
    const item = encodeScalar(value[index]);
    if (item === undefined) return undefined;
    text += index === 0 ? item : `, ${item}`;
  }
  return `${text}]`;
}

/** @returns undefined for an object, a function or a symbol, and for an integer that nobody would read. */
function encodeScalar(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return encodeString(value);
    case 'number':
      return Number.isFinite(value) ? pythonNumber(value) : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return encodeInteger(value);
    case 'undefined':
      return 'null';
    default:
      return value === null ? 'null' : undefined;
  }
}

function encodeInteger(value: bigint): string | undefined {
  const text = value.toString();
  return text.length > maxDigits && text.replace('-', '').length > maxDigits ? undefined : text;
}

/** What must be escaped in a string: everything that is not printable ASCII, quotes and backslashes. */
const unsafe = /[^ !#-[\]-~]/;

/** A string in quotes, escaped as Python does. */
export function encodeString(text: string): string {
  if (!unsafe.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(/[\x7f-\uffff]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

class JsonWriter {
  readonly #options: EncodeOptions;
  /** The containers around the current value, and under which key each of the next ones sits. */
  readonly #ancestors: object[] = [];
  readonly #keys: (string | number)[] = [];
  #depth = 0;

  constructor(options: EncodeOptions) {
    this.#options = options;
  }

  /** An error at the value being written. */
  failure(reason: string, options?: ErrorOptions): EncodeError {
    const path = this.#keys.slice(0, this.#depth).reduce(joinPath, this.#options.path ?? '');
    return new EncodeError(String(path), reason, options);
  }

  write(value: unknown, depth: number): string {
    const scalar = encodeScalar(value);
    if (scalar !== undefined) return scalar;
    this.#depth = depth;
    if (typeof value === 'object' && value !== null) return this.#object(value, depth);
    if (typeof value === 'bigint') {
      throw this.failure(
        `an integer of more than ${maxDigits} digits would not be read; send its text`,
      );
    }
    throw this.failure(`a ${typeof value} has no JSON form`);
  }

  #object(value: object, depth: number): string {
    if (Array.isArray(value)) return this.#array(value, depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#plain(value, depth);
    if (value instanceof RawJson) return value.text;
    if (types.isDate(value)) return this.#date(value);
    if (types.isUint8Array(value)) return this.#bytes(value);
    if (isWireValue(value)) return this.#wireValue(value);
    if (types.isBoxedPrimitive(value)) return this.write(value.valueOf(), depth);
    if (typeof Reflect.get(value, 'toJSON') !== 'function') this.#refuse(value);
    return this.#plain(value, depth);
  }

  #array(items: readonly unknown[], depth: number): string {
    if (items.length === 0) return '[]';
    this.#enter(items, depth);
    let text = '[';
    for (let index = 0; index < items.length; index++) {
      if (index > 0) text += ', ';
      this.#keys[depth] = index;
      text += this.write(items[index], depth + 1);
    }
    return `${text}]`;
  }

  #plain(value: object, depth: number): string {
    this.#enter(value, depth);
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      const key = depth === 0 ? '' : String(this.#keys[depth - 1]);
      this.#keys[depth] = 'toJSON()';
      return this.write(value.toJSON(key), depth + 1);
    }
    let text = '{';
    const keys = Object.keys(value);
    if (keys.length === 2) this.#refuseLookalike(keys);
    for (const key of keys) {
      this.#depth = depth + 1;
      this.#keys[depth] = key;
      const item: unknown = (value as Record<string, unknown>)[key];
      if (item === undefined) continue;
      if (text.length > 1) text += ', ';
      text += `${encodeString(key)}: ${this.write(item, depth + 1)}`;
    }
    this.#depth = depth;
    return `${text}}`;
  }

  #enter(container: object, depth: number): void {
    if (depth >= maxDepth) throw this.failure(`it is nested more than ${maxDepth} levels deep`);
    for (let above = 0; above < depth; above++) {
      if (this.#ancestors[above] === container) {
        throw this.failure(`it refers back to what contains it (a cycle)`);
      }
    }
    this.#ancestors[depth] = container;
  }

  #date(date: Date): string {
    const text = isoText(date.getTime());
    if (text === undefined) throw this.failure('it is no Date between the years 1 and 9999');
    return this.#isPlain ? `"${text}Z"` : typed('datetime', `"${text}+00:00"`);
  }

  #bytes(bytes: Uint8Array): string {
    if (this.#isPlain) {
      throw this.failure(
        "bytes have no form for Celery 5.2; send a string, or set jsonTypes to 'typed'",
      );
    }
    const [type, text] = typedBytes(bytes);
    return typed(type, encodeString(text));
  }

  #wireValue(value: WireValue): string {
    const type = value[wireType];
    if (this.#isPlain) return encodeString(type === 'date' ? `${value.text}T00:00:00` : value.text);
    const text = encodeString(type === 'uuid' ? value.text.replaceAll('-', '') : value.text);
    return typed(type, type === 'uuid' ? `{"hex": ${text}}` : text);
  }

  get #isPlain(): boolean {
    return this.#options.types === 'plain';
  }

  #refuse(value: object): void {
    const refusal = refusalOf(value);
    if (refusal) throw this.failure(refusal);
  }

  #refuseLookalike(keys: readonly string[]): void {
    if (this.#isPlain || !keys.includes('__type__') || !keys.includes('__value__')) return;
    throw this.failure(
      "an object of exactly '__type__' and '__value__' would be read as a typed value; rename or add a key",
    );
  }
}

function typed(type: string, value: string): string {
  return `{"__type__": "${type}", "__value__": ${value}}`;
}

function isWireValue(value: object): value is WireValue {
  return wireType in value && 'text' in value && typeof value.text === 'string';
}

/** Why an object of a built-in class cannot be written, and what to do instead. */
function refusalOf(value: object): string | undefined {
  if (types.isMap(value)) return 'a Map has no JSON form; use Object.fromEntries(map)';
  if (types.isSet(value)) return 'a Set has no JSON form; use [...set]';
  if (types.isPromise(value)) return 'a Promise has no JSON form; await it first';
  if (types.isNativeError(value) || value instanceof Error) {
    return 'an Error has no JSON form; use its message';
  }
  if (types.isRegExp(value)) return 'a RegExp has no JSON form; use its source';
  if (types.isWeakMap(value)) return 'a WeakMap has no JSON form';
  if (types.isWeakSet(value)) return 'a WeakSet has no JSON form';
  if (types.isAnyArrayBuffer(value))
    return 'an ArrayBuffer has no JSON form; use new Uint8Array(buffer)';
  if (ArrayBuffer.isView(value)) return 'this typed array has no JSON form; use Array.from(array)';
  if (types.isGeneratorObject(value)) return 'a generator has no JSON form; use [...generator]';
  return undefined;
}

function joinPath(path: string | number, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!/^[A-Za-z_$][\w$]*(?:\(\))?$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
