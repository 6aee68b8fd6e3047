import type { Millis } from '../../util/index.ts';

/** More of what was heard is not kept while the server does not take it; the oldest goes first. */
const HEARD_MAX = 10_000;
/** What goes into a queue in one call. */
const PIECE = 500;

/** One message that was heard, for one queue. */
export interface HeardMessage {
  readonly queue: string;
  readonly payload: string;
  /** When, on this process's own clock. */
  readonly atMs: Millis;
}

/** What was heard and is not in its queues yet, in order. */
export class Heard {
  #messages: HeardMessage[] = [];

  /** @returns how many old ones had to go for it. */
  add(message: HeardMessage): number {
    this.#messages.push(message);
    const excess = Math.max(0, this.#messages.length - HEARD_MAX);
    this.#messages.splice(0, excess);
    return excess;
  }

  /** Takes the first ones of one queue; [] if there is nothing. */
  take(): readonly HeardMessage[] {
    const queue = this.#messages[0]?.queue;
    const end = this.#messages.findIndex((each, at) => at === PIECE || each.queue !== queue);
    return this.#messages.splice(0, end < 0 ? this.#messages.length : end);
  }

  /** They could not be put in now. */
  putBack(messages: readonly HeardMessage[]): void {
    this.#messages.unshift(...messages);
  }

  /** Forgets what is not wanted. @returns how many */
  keepOnly(isWanted: (message: HeardMessage) => boolean): number {
    const before = this.#messages.length;
    this.#messages = this.#messages.filter(isWanted);
    return before - this.#messages.length;
  }
}
