import { types } from 'node:util';
import { DecodeError, summaryOf } from '../errors.ts';
import { excerpt } from './values.ts';

/** Whether settings and options can call something so. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && /^\w[\w.+-]*$/.test(value);
}

/** Whether it is a content type as messages have it. */
export function isType(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*$/.test(value);
}

/** The bytes that a user's function has made. @returns undefined for what is none */
export function bytesOf(value: unknown): Buffer | undefined {
  if (!types.isUint8Array(value)) return undefined;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** Why a user's function failed; it may have thrown anything. */
export function reasonOf(error: unknown): string {
  try {
    return excerpt(String(summaryOf(error)), 200);
  } catch {
    return 'it threw what cannot be shown';
  }
}

/** @throws DecodeError for a promise: bodies are written and read at once. Its rejection ends nothing. */
export function refusePromise(value: unknown): void {
  if (!types.isPromise(value)) return;
  value.catch(() => undefined);
  throw new DecodeError('it gave a promise, and must not be async');
}
