import type { Clock, Millis } from '../../util/index.ts';
import { burialNote } from '../burials.ts';
import type { StoredMessage } from './queues.ts';

/** A message that nobody will run. */
export interface BuriedMessage {
  /** Counted up for each one. */
  readonly number: number;
  readonly payload: string;
  /** Why, when, and by which worker: JSON text. */
  readonly info: string;
  readonly atMs: Millis;
}

/** How many dead letters a queue keeps, and for how long. */
const DEAD_LETTERS_MAX = 10_000;
const DEAD_LETTER_AGE_MS: Millis = 7 * 86_400_000;

/** The dead letters of all queues, bounded in number and age. */
export class Graveyard {
  readonly #byQueue = new Map<string, BuriedMessage[]>();
  readonly #clock: Clock;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add({ queue, payload }: StoredMessage, reason: string, nodeName: string): void {
    const atMs = this.#clock.now();
    const at = new Date(atMs).toISOString();
    const info = burialNote({ reason, at, worker: nodeName }, payload);
    this.#dropOld();
    const letters = this.#byQueue.get(queue) ?? [];
    this.#count += 1;
    letters.push({ number: this.#count, payload, info, atMs });
    if (letters.length > DEAD_LETTERS_MAX) letters.shift();
    this.#byQueue.set(queue, letters);
  }

  /** Those that have any. */
  get queues(): readonly string[] {
    this.#dropOld();
    return [...this.#byQueue.keys()].sort();
  }

  remove(queue: string, removed: readonly BuriedMessage[]): void {
    const gone = new Set(removed);
    const letters = this.of(queue).filter((letter) => !gone.has(letter));
    if (letters.length > 0) this.#byQueue.set(queue, letters);
    else this.#byQueue.delete(queue);
  }

  /** Those of a queue, the oldest first. */
  of(queue: string): readonly BuriedMessage[] {
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
