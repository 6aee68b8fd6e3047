import type { Millis } from '../util/index.ts';
import type { Executor } from './executor.ts';
import type { FinishedJob } from './executor-loop.ts';
import type { Job } from './job.ts';
import type { Outcome } from './outcome.ts';
import type { RunTimes } from './run-times.ts';
import { JobSlots } from './slots.ts';

/** Jobs one executor may hold, started or not. */
export const LANE_CAPACITY = 1_024;
/** A job waits behind others only if it will start within about this long. */
export const AHEAD_MS: Millis = 20;
/** An executor that has reported nothing for this long gets nothing to hold ahead. */
const STUCK_MS: Millis = 50;
/** So much of a body is copied to an executor in a millisecond, on a machine that is busy. */
const COPIED_PER_MS = 10_000;

interface Held {
  readonly job: Job;
  readonly expectedMs: Millis;
  /** By when it has certainly arrived: a body of 100 MB takes seconds. */
  readonly sinceMs: Millis;
}

/** One executor and the jobs it holds. */
export class Lane {
  readonly executor: Executor;
  readonly #slots: number;
  readonly #places: JobSlots;
  readonly #times: RunTimes;
  readonly #held = new Map<number, Held>();
  #backlogMs: Millis = 0;
  #progressMs: Millis = 0;

  constructor(parts: { executor: Executor; slots: number; states: Int32Array; times: RunTimes }) {
    this.executor = parts.executor;
    this.#slots = parts.slots;
    this.#places = new JobSlots(parts.states);
    this.#times = parts.times;
  }

  /** Jobs it holds, started or not. */
  get held(): number {
    return this.#held.size;
  }

  get freeSlots(): number {
    return Math.max(0, this.#slots - this.#held.size);
  }

  /** How long a job given to it now would wait, as far as one can tell. */
  waitMs(now: Millis): Millis {
    if (this.freeSlots > 0) return 0;
    if (now - this.#progressMs > STUCK_MS) return Number.POSITIVE_INFINITY;
    return this.#backlogMs / this.#slots;
  }

  /** How many jobs not claimed yet it could take beyond its free slots. */
  roomAhead(now: Millis): number {
    const waitMs = this.freeSlots === this.#slots ? 0 : this.waitMs(now);
    const room = Math.floor(((AHEAD_MS - waitMs) * this.#slots) / this.#times.expectedOfNext());
    return Math.max(0, Math.min(room, LANE_CAPACITY - this.#held.size - this.#slots));
  }

  /** Takes a job on. @returns the entry to hand to the executor, undefined if the lane is full. */
  hold(job: Job, now: Millis): readonly [number, Job] | undefined {
    const index = this.#places.enqueue();
    if (index === undefined) return undefined;
    if (this.#held.size === 0) this.#progressMs = now;
    const expectedMs = this.#times.expected(job.task);
    this.#held.set(index, { job, expectedMs, sinceMs: now + job.body.length / COPIED_PER_MS });
    this.#backlogMs += expectedMs;
    return [index, job];
  }

  /** Books what the executor reported. @returns the jobs that ran, with how they ended. */
  finish(finished: readonly FinishedJob[], now: Millis): [Job, Outcome][] {
    const ended: [Job, Outcome][] = [];
    this.#progressMs = now;
    for (const [index, outcome] of finished) {
      const held = this.#held.get(index);
      this.#places.release(index);
      if (!held || !outcome) continue; // taken back before
      this.#drop(index, held);
      this.#times.record(held.job.task, outcome.runtimeMs);
      ended.push([held.job, outcome]);
    }
    return ended;
  }

  /** Takes back the jobs that wait since before `beforeMs` and have not started; those on their way do not wait yet. */
  recall(beforeMs: Millis): Job[] {
    const jobs: Job[] = [];
    for (const [index, held] of this.#held) {
      if (held.sinceMs > beforeMs || !this.#places.recall(index)) continue;
      this.#drop(index, held);
      jobs.push(held.job);
    }
    return jobs;
  }

  /** The executor is gone. @returns what it had started and what it had not. */
  abandon(): { started: Job[]; unstarted: Job[] } {
    const unstarted = this.recall(Number.POSITIVE_INFINITY);
    const started = [...this.#held.values()].map((held) => held.job);
    this.#held.clear();
    this.#backlogMs = 0;
    return { started, unstarted };
  }

  #drop(index: number, held: Held): void {
    this.#held.delete(index);
    this.#backlogMs = this.#held.size === 0 ? 0 : this.#backlogMs - held.expectedMs;
  }
}
