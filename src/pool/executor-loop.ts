import type { Millis } from '../util/index.ts';
import type { Job } from './job.ts';
import type { Outcome } from './outcome.ts';
import { startSlot } from './slots.ts';

/** Runs one job to its end; never throws or rejects. A plain value means that nothing was awaited. */
export type RunJob = (job: Job) => Outcome | Promise<Outcome>;

/** Outcomes on their way back, by the index the job came with. `undefined`: it had been taken back. */
export type FinishedJob = readonly [index: number, outcome: Outcome | undefined];

/** What an executor loop is made of. */
export interface ExecutorLoopParts {
  /** Tasks at once. */
  readonly slots: number;
  readonly states: Int32Array;
  readonly run: RunJob;
  /** Called with batches; at least every few milliseconds while there is something to tell. */
  readonly report: (finished: readonly FinishedJob[]) => void;
  readonly now: () => Millis;
}

/** How long synchronous tasks may run back to back before outcomes leave and messages are read. */
const TURN_MS = 5;

/** The inside of an executor: starts queued jobs as slots come free, and reports in batches. */
export class ExecutorLoop {
  readonly #parts: ExecutorLoopParts;
  readonly #queue: (readonly [number, Job])[] = [];
  #next = 0;
  #running = 0;
  #finished: FinishedJob[] = [];
  #isTurnPending = false;
  #isReportPending = false;

  constructor(parts: ExecutorLoopParts) {
    this.#parts = parts;
  }

  /** Takes jobs on; they start in this order. */
  push(entries: readonly (readonly [index: number, job: Job])[]): void {
    for (const entry of entries) this.#queue.push(entry);
    this.#turn();
  }

  #turn(): void {
    if (this.#isTurnPending) return;
    const until = this.#parts.now() + TURN_MS;
    for (;;) {
      if (this.#running >= this.#parts.slots) break;
      const entry = this.#take();
      if (!entry) break;
      this.#start(entry);
      if (this.#parts.now() > until) {
        this.#turnLater();
        break;
      }
    }
    this.#report();
  }

  #take(): readonly [number, Job] | undefined {
    const entry = this.#queue[this.#next];
    this.#next += 1;
    if (this.#next >= this.#queue.length) {
      this.#queue.length = 0;
      this.#next = 0;
    }
    return entry;
  }

  #turnLater(): void {
    this.#isTurnPending = true;
    setImmediate(() => {
      this.#isTurnPending = false;
      this.#turn();
    });
  }

  #start([index, job]: readonly [number, Job]): void {
    if (!startSlot(this.#parts.states, index)) {
      this.#finished.push([index, undefined]);
      return;
    }
    const outcome = this.#parts.run(job);
    if (!(outcome instanceof Promise)) {
      this.#finished.push([index, outcome]);
      return;
    }
    this.#running += 1;
    void outcome.then((settled) => {
      this.#running -= 1;
      this.#finished.push([index, settled]);
      this.#afterAwait();
    });
  }

  /** Promises that settle in one turn of the event loop leave in one report. */
  #afterAwait(): void {
    if (this.#isReportPending) return;
    this.#isReportPending = true;
    process.nextTick(() => {
      this.#isReportPending = false;
      this.#turn();
      this.#report();
    });
  }

  #report(): void {
    if (this.#finished.length === 0) return;
    const finished = this.#finished;
    this.#finished = [];
    this.#parts.report(finished);
  }
}
