import { ConfigError } from '../errors.ts';
import { parseSignature, type SignatureData, toWireTime } from '../protocol/index.ts';
import { type Duration, durationToMs } from '../util/index.ts';
import type { Kwargs, WireOptions } from './options.ts';
import { reservedHeaders } from './options.ts';

/** A span as seconds. @throws ConfigError */
export function secondsOf(name: string, value: unknown): number {
  const isDuration = typeof value === 'number' || (typeof value === 'object' && value !== null);
  const ms = isDuration && !(value instanceof Date) ? durationToMs(value as Duration) : Number.NaN;
  if (!Number.isFinite(ms)) throw wrong(name, 'seconds or units such as { minutes: 5 }', value);
  return ms / 1000;
}

/** A span that is not over at once, as seconds. @throws ConfigError */
export function positiveSeconds(name: string, value: unknown): number {
  const seconds = secondsOf(name, value);
  if (seconds > 0) return seconds;
  throw wrong(name, 'more than 0 seconds', value);
}

/** A span from 0, as seconds. @throws ConfigError */
export function waitOf(name: string, value: unknown): number {
  const seconds = secondsOf(name, value);
  if (seconds >= 0) return seconds;
  throw wrong(name, 'seconds from 0', value);
}

/** An instant as it is written on the wire. @throws ConfigError */
export function instantOf(name: string, value: unknown): string {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) {
    throw wrong(name, 'a valid Date', value);
  }
  return toWireTime(value.getTime());
}

/** A text with something in it. @throws ConfigError */
export function nonEmpty(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw wrong(name, 'a text', value);
  return value;
}

/** Any text. @throws ConfigError */
export function anyText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw wrong(name, 'a text', value);
  return value;
}

/** @throws ConfigError for anything but true and false */
export function flagOf(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw wrong(name, 'true or false', value);
  return value;
}

/** A whole number in a range. @throws ConfigError */
export function wholeOf(
  name: string,
  value: unknown,
  [min, max]: readonly [number, number],
): number {
  const isRight =
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
  if (isRight) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
  throw wrong(name, `a whole number ${range}`, value);
}

/** One of a few. @throws ConfigError */
export function oneOf<Value>(name: string, value: unknown, all: readonly Value[]): Value {
  const found = all.find((each) => each === value);
  if (found !== undefined) return found;
  const words = all.map((each) => (typeof each === 'string' ? `'${each}'` : String(each)));
  throw wrong(name, `one of ${words.join(', ')}`, value);
}

/** Headers of the user's own. @throws ConfigError */
export function headersOf(value: unknown): Kwargs {
  const headers = objectOf('headers', value);
  const taken = Object.keys(headers).find((name) => reservedHeaders.has(name));
  if (taken !== undefined) {
    throw new ConfigError(`header '${taken}' is Celery's own; choose another name`);
  }
  return headers;
}

/** @throws ConfigError for anything but a plain object */
export function objectOf(name: string, value: unknown): WireOptions {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(name, 'an object', value);
  }
  return value as WireOptions;
}

/** Signatures as they travel: of one, or of each in a list. @throws ConfigError */
export function signaturesOf(name: string, value: unknown): readonly SignatureData[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((each) => {
    const isSignature = typeof each === 'object' && each !== null && 'data' in each;
    if (!isSignature) throw wrong(name, 'a signature such as task.s(), or a list of them', each);
    return parseSignature(each.data, name);
  });
}

/** The error for an option whose value cannot be used. */
export function wrong(name: string, expected: string, value: unknown): ConfigError {
  return new ConfigError(`option '${name}' must be ${expected}, got ${shown(value)}`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object' || value === null || value instanceof Date) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}
