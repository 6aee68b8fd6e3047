import type { Millis } from '../util/index.ts';

/** How an effect on the broker is repeated while the broker does not answer. */
export interface Persistence {
  /** Called once per failed try. */
  readonly onTrouble: (error: unknown) => void;
  /** Ends the tries. */
  readonly signal: AbortSignal;
}

const RETRY_MS = { first: 50, longest: 1_000 } as const;

/** Tries until it works. @returns undefined if the signal was aborted before. */
export async function persist<T>(
  action: () => Promise<T>,
  { onTrouble, signal }: Persistence,
): Promise<T | undefined> {
  let delayMs: Millis = RETRY_MS.first;
  while (!signal.aborted) {
    try {
      return await action();
    } catch (error) {
      onTrouble(error);
      if (!(await pause(delayMs, signal))) return undefined;
      delayMs = Math.min(delayMs * 2, RETRY_MS.longest);
    }
  }
  return undefined;
}

/** @returns false if the signal was aborted first. */
export function pause(ms: Millis, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (isTimeUp: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(isTimeUp);
    };
    const onAbort = () => end(false);
    const timer = setTimeout(() => end(true), ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
