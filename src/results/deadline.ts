import { AbortWatch, longestTimerMs, type Millis } from '../util/index.ts';

/** When to give up. */
export interface Deadline {
  /** undefined: never. */
  readonly ms: Millis | undefined;
  /** What the work is ended with once the time is up. */
  readonly onTimeUp: () => Error;
  /** Another reason to give up early; its reason is passed on as it is. */
  readonly signal: AbortSignal | undefined;
}

/** The reason for whoever still listens; a reason of AbortController's own is an error with a stack, and costly. */
const SETTLED = 'settled';

/** A program may wait for thousands of results with one signal of its own. */
const aborts = new AbortWatch();

/**
 * Runs `work` with a signal that is aborted when the deadline has come or `signal` is aborted, and rejects with
 * that reason even if the work does not listen. The signal is aborted too once this settles. Leaves no timer behind.
 */
export async function withDeadline<Value>(
  { ms, onTimeUp, signal }: Deadline,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal?.reason);
  const watchers = signal && aborts.of(signal);
  watchers?.add(onAbort);
  const timer =
    ms === undefined || ms > longestTimerMs
      ? undefined
      : setTimeout(() => controller.abort(onTimeUp()), Math.max(0, ms));
  try {
    return await untilAborted(work(controller.signal), controller.signal);
  } finally {
    clearTimeout(timer);
    watchers?.delete(onAbort);
    controller.abort(SETTLED);
  }
}

/** The promise, or a rejection with the signal's reason if that is aborted first. */
export function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
