import type { Millis } from '../../util/index.ts';
import type { StoredMessage } from './queues.ts';

interface ParkedMessage {
  readonly dueMs: Millis;
  readonly message: StoredMessage;
}

/** Messages that are laid aside, the one that is due first at the front. */
export class ParkedMessages {
  #sorted: ParkedMessage[] = [];

  get size(): number {
    return this.#sorted.length;
  }

  /** When the first one is due. */
  get nextMs(): Millis | undefined {
    return this.#sorted[0]?.dueMs;
  }

  /** Of two that are due at the same time the one that was laid aside first is the first. */
  add(message: StoredMessage, dueMs: Millis): void {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle]?.dueMs ?? 0) <= dueMs) low = middle + 1;
      else high = middle;
    }
    this.#sorted.splice(low, 0, { dueMs, message });
  }

  /** The queues that they will go back to. */
  get queues(): readonly string[] {
    return this.#sorted.map(({ message }) => message.queue);
  }

  /** Forgets those of some queues. */
  drop(queues: ReadonlySet<string>): void {
    this.#sorted = this.#sorted.filter(({ message }) => !queues.has(message.queue));
  }

  /** Takes those that are due, the first due first. */
  takeDue(nowMs: Millis): StoredMessage[] {
    const count = this.#sorted.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = this.#sorted.splice(0, count === -1 ? this.#sorted.length : count);
    return due.map(({ message }) => message);
  }
}
