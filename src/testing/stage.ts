import { TestStuckError } from '../errors.ts';
import type { Millis } from '../util/index.ts';
import type { TestEngine } from './test-engine.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What a stage moves. */
export interface StageParts {
  readonly engine: Promise<TestEngine>;
  readonly time: VirtualTime;
  /** Every queue that was ever sent to. */
  readonly queues: readonly string[];
  /** How many tries there were so far. */
  readonly countRuns: () => number;
  /** How many of them at one time are too many. */
  readonly maxRuns: number;
}

/** Kept from before anybody replaces the global ones. */
const { setImmediate: soon, setTimeout: later } = globalThis;

/** Work that hands itself on may look done for so many turns of the event loop. */
const QUIET_TURNS = 3;
/** What takes longer than this many turns waits for the world outside, and is looked at less often. */
const QUICK_TURNS = 50;
const SLOW_TURN_MS: Millis = 2;

/** Lets tasks run, until nothing is left that is due, and moves the clock. */
export class Stage {
  readonly #parts: StageParts;
  /** How many calls want tasks to run now. */
  #running: number;

  /** @param isAlwaysOpen - tasks run whether or not somebody waits for it. */
  constructor(parts: StageParts, isAlwaysOpen: boolean) {
    this.#parts = parts;
    this.#running = isAlwaysOpen ? 1 : 0;
  }

  get isOpen(): boolean {
    return this.#running > 0;
  }

  /**
   * Runs what is due, and what becomes of it, at the time that it is.
   * @param isDone - ends it early
   * @returns false if it ended because nothing was left
   */
  async run(isDone: () => boolean | Promise<boolean> = () => false): Promise<boolean> {
    return this.#whileOpen(() => this.#untilQuiet(isDone));
  }

  /** Runs what is due, then moves the clock on, and runs what becomes due on the way, each at its time. */
  async advance(ms: Millis): Promise<void> {
    const { time } = this.#parts;
    const untilMs = time.now() + ms;
    await this.#whileOpen(async () => {
      await this.#untilQuiet();
      for (let nextMs = time.nextMs; ; nextMs = time.nextMs) {
        if (nextMs === undefined || nextMs > untilMs) break;
        time.moveTo(nextMs);
        await this.#untilQuiet();
      }
      time.moveTo(untilMs);
      await this.#untilQuiet();
    });
  }

  async #whileOpen<Value>(work: () => Promise<Value>): Promise<Value> {
    const engine = await this.#parts.engine;
    this.#running += 1;
    engine.wake();
    try {
      return await work();
    } finally {
      this.#running -= 1;
    }
  }

  async #untilQuiet(isDone: () => boolean | Promise<boolean> = () => false): Promise<boolean> {
    const { countRuns, maxRuns } = this.#parts;
    const engine = await this.#parts.engine;
    const runsBefore = countRuns();
    let quiet = 0;
    for (let turns = 0; quiet < QUIET_TURNS; turns += 1) {
      if (await isDone()) return true;
      await turn(turns);
      quiet = (await this.#isQuiet(engine)) ? quiet + 1 : 0;
      if (countRuns() - runsBefore <= maxRuns) continue;
      throw new TestStuckError(
        `${maxRuns} tries, and there are still more to come at the same time; does a task send itself, or retry with no delay? (the kit's option 'maxRuns' is the limit)`,
      );
    }
    return isDone();
  }

  async #isQuiet(engine: TestEngine): Promise<boolean> {
    if (!engine.isQuiet) return false;
    const sizes = await Promise.all(
      this.#parts.queues.map((queue) => engine.transport.size(queue)),
    );
    if (sizes.every((size) => size === 0)) return true;
    engine.wake();
    return false;
  }
}

function turn(turns: number): Promise<void> {
  return new Promise((resolve) => {
    if (turns < QUICK_TURNS) soon(resolve);
    else later(resolve, SLOW_TURN_MS);
  });
}
