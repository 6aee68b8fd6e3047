import { ConfigError } from '../errors.ts';
import { type Duration, durationToMs, type Millis } from '../util/index.ts';

/** How long and how to wait for a result. */
export interface GetOptions {
  /** Seconds or named units; without it `get` waits as long as it takes. */
  readonly timeout?: Duration | undefined;
  /** false: an error of the task is returned, not thrown. */
  readonly propagate?: boolean | undefined;
  /** Ends the waiting; `get` then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** false: a step before it that did not succeed does not end the waiting. */
  readonly followParents?: boolean | undefined;
  /** Called with the id and the value of each task's result once it is there; with an error only if that is not thrown. */
  readonly callback?: ((id: string, value: unknown) => void) | undefined;
  /** false: waiting inside a task is meant to be, and not warned of. */
  readonly disableSyncSubtasks?: boolean | undefined;
}

/** The same where errors are values. */
export type KeepErrors = GetOptions & { readonly propagate: false };

/** The same where errors are thrown. */
export type ThrowErrors = GetOptions & { readonly propagate?: true | undefined };

/** @throws ConfigError for a timeout that is no span of time */
export function timeoutMsOf({ timeout }: GetOptions): Millis | undefined {
  if (timeout === undefined) return undefined;
  const ms = durationToMs(timeout);
  if (!(ms >= 0)) {
    throw new ConfigError(
      `option 'timeout' must be seconds from 0 or units such as { minutes: 5 }, got ${JSON.stringify(timeout)}`,
    );
  }
  return ms;
}
