import { type Duration, durationToMs } from '../util/index.ts';

/** What an option must be, in words, and whether a value is. */
export type Check = readonly [expected: string, isRight: (value: unknown) => boolean];

/** true or false. */
export const flag: Check = ['true or false', (value) => typeof value === 'boolean'];

/** A text that says something. */
export const text: Check = ['a text', (value) => typeof value === 'string' && value !== ''];

/** A count that may be unlimited. */
export const countOrNone: Check = [
  'a whole number from 0, or null for no limit',
  (value) => value === null || isWhole(value, 0),
];

/** A span that may be nothing. */
export const span: Check = [
  'seconds from 0 or units such as { minutes: 3 }',
  (value) => isDuration(value) && durationToMs(value) >= 0,
];

/** A span that jitter can be drawn from. */
export const wholeSeconds: Check = [
  'whole seconds from 1 or units such as { minutes: 3 }',
  (value) => isDuration(value) && isWhole(durationToMs(value) / 1000, 1),
];

/** Whether a value is an integer, and not below `min`. */
export function isWhole(value: unknown, min: number): boolean {
  return Number.isInteger(value) && Number(value) >= min;
}

function isDuration(value: unknown): value is Duration {
  return typeof value === 'number' || (typeof value === 'object' && value !== null);
}
