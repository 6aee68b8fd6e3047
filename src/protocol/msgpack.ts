import { createRequire } from 'node:module';
import { DecodeError } from '../errors.ts';
import { checkLengths } from './msgpack-lengths.ts';
import { safeIntegers } from './safe-integers.ts';

/** A plain value as Python's msgpack writes it. */
export function encodeMsgpack(value: unknown): Uint8Array {
  return library().encode(wideIntegers(value), { useBigInt64: true });
}

/** The library writes integers beyond 32 bits as floats unless they are bigints. */
function wideIntegers(value: unknown): unknown {
  if (typeof value === 'number') {
    const isWide = Number.isSafeInteger(value) && (value > 0xffff_ffff || value < -0x8000_0000);
    return isWide ? BigInt(value) : value;
  }
  if (Array.isArray(value)) return value.map(wideIntegers);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, wideIntegers(item)]));
}

/** @throws DecodeError, or what the library throws for bytes that are no msgpack */
export function decodeMsgpack(bytes: Uint8Array): unknown {
  checkLengths(bytes);
  const extensionCodec = { tryToEncode: () => null, decode: extension };
  return safeIntegers(library().decode(bytes, { useBigInt64: true, extensionCodec }));
}

/** The value of an extension: a time has one, anything else would be an object of the library's. */
function extension(data: Uint8Array, type: number): unknown {
  const { decodeTimestampExtension, EXT_TIMESTAMP } = library();
  const date = type === EXT_TIMESTAMP ? decodeTimestampExtension(data) : undefined;
  if (date && !Number.isNaN(date.getTime())) return date;
  throw new DecodeError(`it has an extension of type ${type}, which is no value here`);
}

let loaded: typeof import('@msgpack/msgpack') | undefined;

/** Loaded when the first message needs it. */
function library(): typeof import('@msgpack/msgpack') {
  loaded ??= createRequire(import.meta.url)(
    '@msgpack/msgpack',
  ) as typeof import('@msgpack/msgpack');
  return loaded;
}
