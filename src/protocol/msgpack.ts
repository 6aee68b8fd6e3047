import { createRequire } from 'node:module';
import { safeIntegers } from './safe-integers.ts';

/** A plain value as Python's msgpack writes it. */
export function encodeMsgpack(value: unknown): Uint8Array {
  return library().encode(value, { useBigInt64: true });
}

/** @throws what the library throws for bytes that are no msgpack */
export function decodeMsgpack(bytes: Uint8Array): unknown {
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
