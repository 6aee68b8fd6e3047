import { setMaxListeners } from 'node:events';
import type { Millis } from './time.ts';

interface Slice {
  readonly controller: AbortController;
  readonly timer: NodeJS.Timeout;
  readonly endsAt: Millis;
  users: number;
}

/** What begins within this long, or a tenth of the deadline, has one signal; so the deadline may come this much late. */
const SLICE_MS: Millis = 100;

/**
 * One deadline for much work: what begins at about the same time shares a signal and a timer, which for a
 * send that takes a fraction of a millisecond would cost as much as the sending itself.
 */
export class SharedDeadline {
  readonly #ms: Millis;
  readonly #sliceMs: Millis;
  readonly #onTimeUp: () => unknown;
  #slice: Slice | undefined;

  /** @param onTimeUp - makes the reason that the signal is aborted with. */
  constructor(ms: Millis, onTimeUp: () => unknown) {
    this.#ms = ms;
    this.#sliceMs = Math.min(SLICE_MS, ms / 10);
    this.#onTimeUp = onTimeUp;
  }

  /** Does the work, which is to end when its signal is aborted. */
  async run<Value>(work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const slice = this.#current();
    slice.users += 1;
    if (slice.users === 1) slice.timer.ref();
    try {
      return await work(slice.controller.signal);
    } finally {
      slice.users -= 1;
      // nobody waits for it: it must not keep the process alive
      if (slice.users === 0) slice.timer.unref();
    }
  }

  #current(): Slice {
    const now = performance.now();
    if (this.#slice && now < this.#slice.endsAt) return this.#slice;
    if (this.#slice?.users === 0) clearTimeout(this.#slice.timer);
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const timer = setTimeout(() => controller.abort(this.#onTimeUp()), this.#ms + this.#sliceMs);
    this.#slice = { controller, timer, endsAt: now + this.#sliceMs, users: 0 };
    return this.#slice;
  }
}
