import type { ChordPart } from '../../protocol/index.ts';
import type { Arg } from './args.ts';

/** The chords that parts in the arguments of a script belong to: what is the same for many parts is there once. */
export class ChordRows {
  readonly #args: Arg[] = [];
  readonly #numbers = new Map<string, number>();
  #last: ChordPart | undefined;
  #number = 0;

  get count(): number {
    return this.#numbers.size;
  }

  /** Of the row of a part's chord, from 1. */
  numberOf(part: ChordPart): number {
    const last = this.#last;
    this.#last = part;
    // mostly it is the chord of the part before
    if (last && last.key === part.key && last.head === part.head && last.db === part.db) {
      return this.#number;
    }
    const { db, key, ttlMs, completeKey, isOrdered, head = '' } = part;
    const name = JSON.stringify([db, key, head]);
    this.#number = this.#numbers.get(name) ?? this.#numbers.size + 1;
    if (this.#number > this.#numbers.size) {
      this.#numbers.set(name, this.#number);
      this.#args.push(db, key, ttlMs, completeKey, isOrdered ? 1 : 0, head);
    }
    return this.#number;
  }

  /** Adds the rows, after all else: database, key, TTL in ms (0 none), hash of complete chords, '1' if ordered, head. */
  pushTo(args: Arg[]): void {
    for (const arg of this.#args) args.push(arg);
  }
}
