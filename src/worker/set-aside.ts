import { type Completion, type Consumer, type HeldUp, HeldUpError } from '../transports/index.ts';
import { persist } from './persist.ts';

/** What is needed to write what was held up. */
export interface SetAsideParts {
  readonly consumer: Pick<Consumer, 'commit'>;
  /** Called with what was written, and the tags of those whose claim had been lost. */
  readonly onWritten: (written: readonly Completion[], lost: readonly string[]) => void;
  /** Called once per try that failed for another reason. */
  readonly onTrouble: (error: unknown, waiting: number) => void;
  readonly signal: AbortSignal;
}

const BATCH_MAX = 500;

/**
 * Completions that something in the store holds up, each by itself. They are tried again on their own, while others are
 * written. They are no more than there are claims, and chords that end.
 */
export class SetAside {
  readonly #parts: SetAsideParts;
  #waiting: readonly Completion[] = [];
  #trying: Promise<void> | undefined;

  constructor(parts: SetAsideParts) {
    this.#parts = parts;
  }

  /** Until all are written, or the signal was aborted; undefined if there are none. */
  get trying(): Promise<void> | undefined {
    return this.#trying;
  }

  add(completions: readonly Completion[]): void {
    this.#waiting = [...this.#waiting, ...completions];
    this.#trying ??= this.#try();
  }

  async #try(): Promise<void> {
    await persist(() => this.#commit(), {
      onTrouble: (error) => {
        if (!(error instanceof HeldUpError)) this.#parts.onTrouble(error, this.#waiting.length);
      },
      signal: this.#parts.signal,
    });
    this.#trying = undefined;
  }

  /** What is held up again waits behind what is not yet tried. @throws what the commit does */
  async #commit(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH_MAX);
      const { places, lost, error } = await this.#tryBatch(batch);
      const left = new Set(places);
      const again = places.flatMap((place) => batch[place] ?? []);
      this.#waiting = [...this.#waiting.slice(batch.length), ...again];
      const written = batch.filter((_, place) => !left.has(place));
      if (written.length > 0) this.#parts.onWritten(written, lost);
      if (error) throw error;
    }
  }

  async #tryBatch(batch: readonly Completion[]): Promise<HeldUp & { error?: HeldUpError }> {
    try {
      return { places: [], lost: await this.#parts.consumer.commit(batch) };
    } catch (error) {
      if (error instanceof HeldUpError) return { ...error.heldUp, error };
      throw error;
    }
  }
}
