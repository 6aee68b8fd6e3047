/**
 * The states of jobs handed to an executor, in memory that both sides see. Whoever moves a job out of
 * `queued` first owns it, so unstarted jobs can be taken back even while the executor's thread is blocked.
 */
export class JobSlots {
  readonly #states: Int32Array;
  readonly #free: number[] = [];

  /** @param memory - shared with the executor; its length bounds the jobs under way. */
  constructor(memory: Int32Array) {
    this.#states = memory;
    for (let index = memory.length - 1; index >= 0; index -= 1) this.#free.push(index);
  }

  /** Memory for `capacity` jobs, shareable between threads. */
  static allocate(capacity: number): Int32Array {
    return new Int32Array(new SharedArrayBuffer(capacity * Int32Array.BYTES_PER_ELEMENT));
  }

  /** Main side: a place for a new job. @returns undefined when all are taken. */
  enqueue(): number | undefined {
    const index = this.#free.pop();
    if (index !== undefined) Atomics.store(this.#states, index, QUEUED);
    return index;
  }

  /** Main side: takes a job back. @returns false if it has started. */
  recall(index: number): boolean {
    return Atomics.compareExchange(this.#states, index, QUEUED, RECALLED) === QUEUED;
  }

  /** Main side: whether the executor has begun with it. */
  isStarted(index: number): boolean {
    return Atomics.load(this.#states, index) === STARTED;
  }

  /** Main side: the executor has answered for the job, or has passed over it; the place is free again. */
  release(index: number): void {
    Atomics.store(this.#states, index, FREE);
    this.#free.push(index);
  }
}

const FREE = 0;
const QUEUED = 1;
const STARTED = 2;
const RECALLED = 3;

/** Executor side: begins with a job. @returns false if it was taken back. */
export function startSlot(states: Int32Array, index: number): boolean {
  return Atomics.compareExchange(states, index, QUEUED, STARTED) === QUEUED;
}
