import type { SignatureLike, SignatureOptions } from '../canvas/index.ts';
import type { Duration } from '../util/index.ts';

/** What a next try may be sent with, in place of what its task was sent with. */
export type RetrySendOptions = Pick<
  SignatureOptions,
  | 'queue'
  | 'priority'
  | 'expires'
  | 'headers'
  | 'ignoreResult'
  | 'shadow'
  | 'timeLimit'
  | 'softTimeLimit'
  | 'argsrepr'
  | 'kwargsrepr'
>;

/**
 * How a task asks to be run again. What is left out stays as it was: the next try goes to the queue that its
 * message came from. `headers` are added to those that the message has.
 */
export interface RetryOptions extends RetrySendOptions {
  /** Wait this long; the task's `defaultRetryDelay` if neither this nor `eta` is given. */
  readonly countdown?: Duration | undefined;
  readonly eta?: Date | undefined;
  /** What went wrong: the result once no tries are left, and the `cause` of the error that says so. */
  readonly exc?: unknown;
  readonly args?: readonly unknown[] | undefined;
  readonly kwargs?: Readonly<Record<string, unknown>> | undefined;
  /** Counts in place of the task's own limit, this once; null: no limit. */
  readonly maxRetries?: number | null | undefined;
}

/**
 * Thrown by a task to be run again later; made by `context.retry()`, which throws
 * MaxRetriesExceededError instead when there are no tries left.
 */
export class Retry extends Error {
  readonly options: RetryOptions;
  constructor(options: RetryOptions = {}) {
    super('the task asked to be run again; outside of a worker nobody does that', {
      cause: options.exc,
    });
    this.name = 'Retry';
    this.options = options;
  }
}

/** Thrown by a task to turn its message away: to the dead letters, or back into its queue. */
export class Reject extends Error {
  readonly reason: string;
  readonly requeue: boolean;
  constructor(reason = 'rejected', options: { readonly requeue?: boolean } = {}) {
    super(reason);
    this.name = 'Reject';
    this.reason = reason;
    this.requeue = options.requeue ?? false;
  }
}

/** Thrown by a task to end without any result: its state stays what it was. */
export class Ignore extends Error {
  constructor(reason = 'ignored') {
    super(reason);
    this.name = 'Ignore';
  }
}

/** Ends a task that has others run in its place; made and thrown by `context.replace()`. */
export class Replace extends Error {
  readonly signature: SignatureLike;
  constructor(signature: SignatureLike) {
    super('the task put others in its place; outside of a worker nobody runs them');
    this.name = 'Replace';
    this.signature = signature;
  }
}
