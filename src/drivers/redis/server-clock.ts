import type { Millis } from '../../util/index.ts';

/** The clock of a server, from what it said last and what has passed here since. */
export class ServerClock {
  #offset: Millis = Date.now() - performance.now();

  /** Epoch milliseconds; as much behind the server's own as its answer was on the way. */
  now(): Millis {
    return performance.now() + this.#offset;
  }

  /** Takes what the server's clock said just now. */
  note(now: Millis): void {
    this.#offset = now - performance.now();
  }
}
