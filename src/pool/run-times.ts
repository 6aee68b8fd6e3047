import type { Millis } from '../util/index.ts';

/** What a task that was never seen to finish is taken to need: long, so that nothing waits behind it. */
const UNSEEN_MS: Millis = 1_000;
/** Handing a task over costs about this much, however little it does. */
const FLOOR_MS: Millis = 0.02;
/** The weight of the newest run in a running average. */
const WEIGHT = 0.2;
/** Task names come from messages; more of them than this are not remembered one by one. */
const NAMES_MAX = 10_000;

/** Running averages of how long tasks take, by which a worker decides how far to claim ahead. */
export class RunTimes {
  readonly #byTask = new Map<string, Millis>();
  #overall: Millis | undefined;

  /** Takes a finished run into account. */
  record(task: string, runtimeMs: Millis): void {
    const ran = Math.max(FLOOR_MS, runtimeMs);
    const known = this.#byTask.get(task);
    if (known !== undefined || this.#byTask.size < NAMES_MAX) {
      this.#byTask.set(task, blend(known, ran));
    }
    this.#overall = blend(this.#overall, ran);
  }

  /** How long a run of this task is expected to take. */
  expected(task: string): Millis {
    return this.#byTask.get(task) ?? UNSEEN_MS;
  }

  /** The same for a task not claimed yet, whose name nobody knows. */
  expectedOfNext(): Millis {
    return this.#overall ?? UNSEEN_MS;
  }
}

function blend(average: Millis | undefined, latest: Millis): Millis {
  return average === undefined ? latest : average + WEIGHT * (latest - average);
}
