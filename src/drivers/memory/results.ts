import type { Finality } from '../../protocol/index.ts';
import { type Clock, keepNewest, type Millis } from '../../util/index.ts';

/** A result document to store. */
export interface StoredResult {
  readonly key: string;
  readonly document: string;
  readonly finality: Finality;
  /** 0 for ever. */
  readonly ttlMs: Millis;
}

interface Kept {
  readonly document: string;
  readonly finality: Finality;
  /** Infinity: never. */
  readonly expiresMs: Millis;
}

/** So many results are kept; the one that was stored longest ago makes room for one more. */
export const RESULTS_MAX = 1_000_000;
/** What is past its time is looked for after as many stores as it left results the last time, and no fewer than this. */
const SWEEP_EVERY_MIN = 1_000;

/** Result documents by key, none of them over a SUCCESS, each for as long as it is to be kept. */
export class Results {
  readonly #kept = new Map<string, Kept>();
  readonly #clock: Clock;
  readonly #listeners = new Set<(key: string, document: string) => void>();
  #stores = 0;
  #sizeSwept = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Results that are kept, some of them perhaps past their time. */
  get size(): number {
    return this.#kept.size;
  }

  /** Tells of each final document that is stored, within the call that stores it. @returns what ends that. */
  onFinal(listener: (key: string, document: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Stores documents in order, none over a SUCCESS that is still kept. */
  store(results: readonly StoredResult[]): void {
    for (const result of results) this.#store(result);
  }

  find(key: string): string | undefined {
    return this.#find(key)?.document;
  }

  /** @returns undefined also for a document that may still change. */
  findFinal(key: string): string | undefined {
    const kept = this.#find(key);
    return kept?.finality === 'open' ? undefined : kept?.document;
  }

  delete(key: string): void {
    this.#kept.delete(key);
  }

  #store({ key, document, finality, ttlMs }: StoredResult): void {
    if (this.#find(key)?.finality === 'success') return;
    const expiresMs = ttlMs === 0 ? Number.POSITIVE_INFINITY : this.#clock.now() + ttlMs;
    this.#kept.delete(key); // so that the newest are at the end
    this.#kept.set(key, { document, finality, expiresMs });
    this.#makeRoom();
    if (finality === 'open') return;
    for (const tell of this.#listeners) tell(key, document);
  }

  #find(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    if (!kept || kept.expiresMs > this.#clock.now()) return kept;
    this.#kept.delete(key);
    return undefined;
  }

  #makeRoom(): void {
    this.#stores += 1;
    if (this.#stores >= Math.max(SWEEP_EVERY_MIN, this.#sizeSwept)) {
      this.#stores = 0;
      const nowMs = this.#clock.now();
      for (const [key, { expiresMs }] of this.#kept) {
        if (expiresMs <= nowMs) this.#kept.delete(key);
      }
      this.#sizeSwept = this.#kept.size;
    }
    keepNewest(this.#kept, RESULTS_MAX);
  }
}
