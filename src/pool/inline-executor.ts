import type { Executor, ExecutorEvents } from './executor.ts';
import { ExecutorLoop, type RunJob } from './executor-loop.ts';
import type { Job } from './job.ts';

/** What an inline executor needs. */
export interface InlineParts {
  readonly slots: number;
  readonly states: Int32Array;
  readonly run: RunJob;
  /** Aborts the signals of the tasks that run. */
  readonly abort: (reason: string) => void;
}

/** Runs tasks in the thread that the worker itself lives in: the pool `solo`. */
export class InlineExecutor implements Executor {
  readonly #parts: InlineParts;
  #loop: ExecutorLoop | undefined;

  constructor(parts: InlineParts) {
    this.#parts = parts;
  }

  async start(events: ExecutorEvents): Promise<void> {
    const { slots, states, run } = this.#parts;
    this.#loop = new ExecutorLoop({
      slots,
      states,
      run,
      report: events.onFinished,
      now: () => performance.now(),
    });
  }

  /** Later, so that the worker finishes what it is doing before a task may block the thread. */
  run(entries: readonly (readonly [index: number, job: Job])[]): void {
    setImmediate(() => this.#loop?.push(entries));
  }

  abort(reason: string): void {
    this.#parts.abort(reason);
  }

  async stop(): Promise<void> {
    this.#loop = undefined;
  }
}
