import { setTimeout as sleep } from 'node:timers/promises';
import type { Millis } from '../../src/util/index.ts';

const POLL_MS = 4;

/** What a condition gives as long as it does not hold. */
type NotYet = false | null | undefined;

/**
 * Waits until a condition holds, looking every few milliseconds.
 * @param what - what is waited for, as the error names it: `waited 500 ms for <what>`.
 * @returns what the condition gave in the end. What the condition throws ends the wait.
 */
export async function until<T>(
  condition: () => T | NotYet | Promise<T | NotYet>,
  { deadlineMs, what }: { deadlineMs: Millis; what: string | (() => string) },
): Promise<Exclude<T, NotYet>> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== null && value !== undefined) {
      return value as Exclude<T, NotYet>;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${deadlineMs} ms for ${typeof what === 'string' ? what : what()}`);
    }
    await sleep(POLL_MS);
  }
}
