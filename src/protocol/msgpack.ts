import { createRequire } from 'node:module';
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
  return safeIntegers(library().decode(bytes, { useBigInt64: true }));
}

let loaded: typeof import('@msgpack/msgpack') | undefined;

/** Loaded when the first message needs it. */
function library(): typeof import('@msgpack/msgpack') {
  loaded ??= createRequire(import.meta.url)(
    '@msgpack/msgpack',
  ) as typeof import('@msgpack/msgpack');
  return loaded;
}
