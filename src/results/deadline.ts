import {
  AbortWatch,
  keepNewest,
  longestTimerMs,
  type Millis,
  SharedDeadline,
} from '../util/index.ts';

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
/** The reason of signals that many share, each with an error of its own. */
const TIME_UP = 'time up';
/** So many different timeouts share signals at once. */
const SHARED_MAX = 50;

/** A program may wait for thousands of results with one signal of its own. */
const aborts = new AbortWatch();
const shared = new Map<Millis, SharedDeadline>();

/** A deadline that runs. */
export interface OpenDeadline {
  /** Aborted when the deadline has come, or with another reason to give up, or once this is closed. */
  readonly signal: AbortSignal;
  /** Leaves no timer behind. Safe to call twice. */
  close(): void;
}

/** Begins to count. @throws the signal's reason if it is aborted already */
export function openDeadline({ ms, onTimeUp, signal }: Deadline): OpenDeadline {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const onAbort = () => {
    // nobody may come to close it: a loop that is dropped between two values
    clearTimeout(timer);
    controller.abort(signal?.reason);
  };
  const watchers = signal && aborts.of(signal);
  watchers?.add(onAbort);
  const timer = isEndless(ms)
    ? undefined
    : setTimeout(() => controller.abort(onTimeUp()), Math.max(0, ms));
  return {
    signal: controller.signal,
    close() {
      clearTimeout(timer);
      watchers?.delete(onAbort);
      controller.abort(SETTLED);
    },
  };
}

/**
 * Runs `work` with a signal that is aborted when the deadline has come or `signal` is aborted, and rejects with
 * that reason even if the work does not listen. The signal is aborted too once this settles. Leaves no timer behind.
 */
export async function withDeadline<Value>(
  deadline: Deadline,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const { signal, close } = openDeadline(deadline);
  try {
    return await untilAborted(work(signal), signal);
  } finally {
    close();
  }
}

/**
 * The same for work that ends by itself when its signal is aborted, and leaves nothing behind when it is done: what
 * begins at about the same time shares a signal and a timer, so that thousands who wait cost little. It may end a
 * tenth of a second late, or a tenth of its time.
 */
export async function withinTime<Value>(
  ms: Millis,
  onTimeUp: () => Error,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  try {
    return await sharedDeadline(ms).run(work);
  } catch (reason) {
    throw reason === TIME_UP ? onTimeUp() : reason;
  }
}

/** Whether there is no timer for so long a time, which is 25 days. */
export function isEndless(ms: Millis | undefined): ms is undefined {
  return ms === undefined || ms > longestTimerMs - 1_000;
}

function sharedDeadline(ms: Millis): SharedDeadline {
  const known = shared.get(ms);
  if (known) return known;
  const deadline = new SharedDeadline(ms, () => TIME_UP);
  shared.set(ms, deadline);
  // those who wait with one that goes do so still
  keepNewest(shared, SHARED_MAX);
  return deadline;
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
