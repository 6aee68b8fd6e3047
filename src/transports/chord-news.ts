import type { CompleteChord } from '../protocol/index.ts';
import { soon } from '../util/index.ts';
import type { ConsumeOptions } from './transport.ts';

/** What became of completions. */
export interface Committed {
  /** The tags of lost claims. */
  readonly lost: readonly string[];
  /** The chords that are complete now. */
  readonly complete: readonly CompleteChord[];
}

/** Tells a consumer's worker of chords that are complete, never from within a call. */
export class ChordNews {
  readonly #onComplete: ConsumeOptions['onComplete'];
  #chords: CompleteChord[] = [];
  readonly #tellSoon = soon(() => this.#tell());

  constructor({ onComplete }: { readonly onComplete?: ConsumeOptions['onComplete'] | undefined }) {
    this.#onComplete = onComplete;
  }

  note(chords: readonly CompleteChord[]): void {
    if (chords.length === 0 || !this.#onComplete) return;
    this.#chords.push(...chords);
    this.#tellSoon();
  }

  /** Nobody wants to know any more; others find what is still complete. */
  stop(): void {
    this.#chords = [];
  }

  #tell(): void {
    if (this.#chords.length === 0) return;
    this.#onComplete?.(this.#chords.splice(0));
  }
}
