import { EncodeError } from '../errors.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson } from './json-encode.ts';
import { type JsonTypes, wireType } from './values.ts';

/** For which serializer a value is, and what it is called in an error. */
export interface PlainOptions {
  /** One that has no form for everything; undefined for any other. */
  readonly serializer?: 'yaml' | 'msgpack' | undefined;
  readonly types: JsonTypes;
  readonly path: string;
}

/**
 * What whoever reads the JSON of a value gets, for serializers that know nothing of JavaScript: no `toJSON`, no
 * undefined, no class but Date and Buffer.
 * @throws EncodeError with the path of a value that the serializer has no form for
 */
export function plainValue(value: unknown, options: PlainOptions): unknown {
  const plain = decodeJson(encodeJson(value, options));
  if (options.serializer) check(plain, options.path, options);
  return plain;
}

/** The plain values as one list, or as one object with their names. @throws EncodeError with the path of one without a form */
export function plainForm(
  values: Readonly<Record<string, unknown>>,
  options: Omit<PlainOptions, 'path'>,
  form: 'list' | 'record' = 'list',
): unknown {
  const entries = Object.entries(values).map(
    ([path, value]) => [path, plainValue(value, { ...options, path })] as const,
  );
  return form === 'list' ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

function check(value: unknown, path: string, options: PlainOptions): void {
  const { serializer } = options;
  if (typeof value === 'string') checkText(value, path);
  if (typeof value === 'bigint' && serializer === 'msgpack' && !fitsIn64Bits(value)) {
    throw new EncodeError(path, `an integer beyond 64 bits has no form in msgpack; ${remedy}`);
  }
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return;
  const kind = kindOf(value);
  if (kind !== undefined) {
    if (kind === 'Date' && serializer === 'yaml') return;
    throw new EncodeError(path, `a ${kind} has no form in ${serializer}; ${remedy}`);
  }
  for (const [key, item] of Object.entries(value)) {
    checkText(key, path);
    if (key === '__proto__' && serializer === 'msgpack') {
      throw new EncodeError(
        `${path}.${key}`,
        "no reader of msgpack here takes the key '__proto__'; use the serializer 'json'",
      );
    }
    check(item, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, options);
  }
}

const remedy = "send a text, or use the serializer 'json'";

function fitsIn64Bits(value: bigint): boolean {
  return BigInt.asUintN(64, value) === value || BigInt.asIntN(64, value) === value;
}

function kindOf(value: object): string | undefined {
  if (value instanceof Date) return 'Date';
  return wireType in value ? value.constructor.name : undefined;
}

const loneSurrogate = /\p{Surrogate}/u;

function checkText(text: string, path: string): void {
  if (!loneSurrogate.test(text)) return;
  throw new EncodeError(path, "half of a surrogate pair has a form in the serializer 'json' alone");
}
