import type { Check } from './option-checks.ts';

/**
 * Which errors are meant: a class and all that extend it, or a function that is asked. The function is how errors
 * of other languages are told apart: `(error) => error instanceof TaskFailedError && error.remote.type === 'KeyError'`.
 */
export type ErrorMatcher =
  | (abstract new (
      ...args: never[]
    ) => Error)
  | ((error: unknown) => boolean);

/** A list of matchers, as options have it. */
export const matchers: Check = [
  'an array of error classes, or of functions that say whether an error is meant',
  (value) => Array.isArray(value) && value.every((each) => typeof each === 'function'),
];

/** Whether any of them means this error. @throws what one of the functions throws */
export function matchesError(error: unknown, list: readonly ErrorMatcher[]): boolean {
  return list.some((each) => (isErrorClass(each) ? error instanceof each : each(error)));
}

function isErrorClass(
  matcher: ErrorMatcher,
): matcher is Extract<ErrorMatcher, abstract new (...args: never[]) => Error> {
  return matcher === Error || matcher.prototype instanceof Error;
}
