import type { FinishedJob } from './executor-loop.ts';
import type { Job } from './job.ts';

/** One place where tasks run, seen from the main thread: a worker thread, or the main thread itself. */
export interface Executor {
  /** Resolves once it can run tasks; rejects if the user's module does not load there. */
  start(events: ExecutorEvents): Promise<void>;
  /** Hands jobs over; they start in this order as slots come free. */
  run(entries: readonly (readonly [index: number, job: Job])[]): void;
  /** Aborts the signals of the tasks that run. */
  abort(reason: string): void;
  /** Ends it, by force if it does not end by itself. Jobs it still had are not reported. */
  stop(): Promise<void>;
}

/** What an executor tells its pool. */
export interface ExecutorEvents {
  readonly onFinished: (finished: readonly FinishedJob[]) => void;
  /** It died: what it ran is lost. Never called after `stop`. */
  readonly onLost: (reason: string) => void;
}

/** Makes an executor that starts jobs through the shared memory `states`. */
export type ExecutorFactory = (parts: {
  readonly number: number;
  readonly slots: number;
  readonly states: Int32Array;
}) => Executor;
