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
}

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
