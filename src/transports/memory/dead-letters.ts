import type { Clock, Millis } from '../../util/index.ts';
import type { StoredMessage } from './queues.ts';

/** A message that nobody will run. */
export interface DeadLetter {
  readonly payload: string;
  /** Why, when, and by which worker: JSON text. */
  readonly info: string;
  readonly atMs: Millis;
}

/** How many dead letters a queue keeps, and for how long. */
const DEAD_LETTERS_MAX = 10_000;
const DEAD_LETTER_AGE_MS: Millis = 7 * 86_400_000;

/** The dead letters of all queues, bounded in number and age. */
export class DeadLetters {
  readonly #byQueue = new Map<string, DeadLetter[]>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add({ queue, payload }: StoredMessage, reason: string, nodeName: string): void {
    const atMs = this.#clock.now();
    const at = new Date(atMs).toISOString();
    const info = JSON.stringify({ reason, node: nodeName, at });
    this.#dropOld();
    const letters = this.#byQueue.get(queue) ?? [];
    letters.push({ payload, info, atMs });
    if (letters.length > DEAD_LETTERS_MAX) letters.shift();
    this.#byQueue.set(queue, letters);
  }

  /** Those of a queue, the oldest first. */
  of(queue: string): readonly DeadLetter[] {
    this.#dropOld();
    return this.#byQueue.get(queue) ?? [];
  }

  #dropOld(): void {
    const oldestMs = this.#clock.now() - DEAD_LETTER_AGE_MS;
    for (const [queue, letters] of this.#byQueue) {
      while (letters[0] && letters[0].atMs < oldestMs) letters.shift();
      if (letters.length === 0) this.#byQueue.delete(queue);
    }
  }
}
