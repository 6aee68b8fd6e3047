import { type Duration, durationToMs, retryDelay, type Seconds } from '../util/index.ts';
import type { RetryOptions } from './control.ts';
import { type ErrorMatcher, matchers, matchesError } from './error-match.ts';
import { type Check, countOrNone, flag, span, wholeSeconds } from './option-checks.ts';

/** Which errors of a task's function make it run again by themselves, and when. */
export interface AutoRetryOptions {
  /** Errors that mean another try, until there are none left; then the last one is the failure. */
  readonly autoretryFor?: readonly ErrorMatcher[] | undefined;
  /** Errors that do not, though `autoretryFor` has them. */
  readonly dontAutoretryFor?: readonly ErrorMatcher[] | undefined;
  /** Waits longer from try to try: true for 1, 2, 4 … seconds, or the whole seconds to begin with. */
  readonly retryBackoff?: boolean | Duration | undefined;
  /** No wait is longer; whole seconds, 600 by default. */
  readonly retryBackoffMax?: Duration | undefined;
  /** Waits any whole second up to what the backoff says, so that tasks do not come back together. Default: true. */
  readonly retryJitter?: boolean | undefined;
  /** What is said of these retries; a backoff comes before its `countdown`. */
  readonly retryKwargs?: RetryKwargs | undefined;
}

/** What every automatic retry is asked for with. */
export type RetryKwargs = Pick<RetryOptions, 'maxRetries' | 'countdown'>;

/** `AutoRetryOptions`, checked and complete. */
export interface AutoRetry {
  readonly on: readonly ErrorMatcher[];
  readonly except: readonly ErrorMatcher[];
  /** undefined: no backoff. */
  readonly backoff: Seconds | undefined;
  readonly backoffMax: Seconds;
  readonly isJittered: boolean;
  readonly kwargs: RetryKwargs;
}

const kwargsChecks: { readonly [Name in keyof Required<RetryKwargs>]: Check } = {
  maxRetries: countOrNone,
  countdown: span,
};

/** How the options are checked. */
export const autoRetryChecks: { readonly [Name in keyof Required<AutoRetryOptions>]: Check } = {
  autoretryFor: matchers,
  dontAutoretryFor: matchers,
  retryBackoff: [
    `true, false or ${wholeSeconds[0]}`,
    (value) => typeof value === 'boolean' || wholeSeconds[1](value),
  ],
  retryBackoffMax: wholeSeconds,
  retryJitter: flag,
  retryKwargs: ['an object with maxRetries, countdown or both', isRetryKwargs],
};

/** @returns null for a task that retries only when it says so. */
export function resolveAutoRetry(options: AutoRetryOptions): AutoRetry | null {
  const { autoretryFor, dontAutoretryFor = [], retryBackoff = false } = options;
  if (!autoretryFor?.length) return null;
  return {
    on: autoretryFor,
    except: dontAutoretryFor,
    backoff:
      typeof retryBackoff === 'boolean' ? (retryBackoff ? 1 : undefined) : secondsOf(retryBackoff),
    backoffMax: secondsOf(options.retryBackoffMax ?? 600),
    isJittered: options.retryJitter ?? true,
    kwargs: options.retryKwargs ?? {},
  };
}

/**
 * What an error of a task's function asks for by itself.
 * @param random - source in [0, 1).
 * @returns undefined if it asks for nothing. Whether there are tries left is not asked here.
 * @throws what a matching function throws
 * Source: `add_autoretry_behaviour` in Celery's `app/autoretry.py`.
 */
export function automaticRetry(
  error: unknown,
  { on, except, backoff, backoffMax, isJittered, kwargs }: AutoRetry,
  { retries, random }: { readonly retries: number; readonly random: () => number },
): RetryOptions | undefined {
  if (!matchesError(error, on) || matchesError(error, except)) return undefined;
  if (backoff === undefined) return { ...kwargs, exc: error };
  const countdown = retryDelay(retries, {
    factor: backoff,
    maximum: backoffMax,
    ...(isJittered ? { random } : {}),
  });
  return { ...kwargs, countdown, exc: error };
}

function secondsOf(duration: Duration): Seconds {
  return durationToMs(duration) / 1000;
}

function isRetryKwargs(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, each]) => {
    const check = Object.hasOwn(kwargsChecks, name)
      ? kwargsChecks[name as keyof RetryKwargs]
      : undefined;
    return each === undefined || check?.[1](each) === true;
  });
}
