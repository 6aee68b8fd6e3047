import { type Database, resultQueries } from '../../drivers/sqlite/index.ts';
import type { Millis } from '../../util/index.ts';
import { chunksOf } from '../chunks.ts';
import { Waiters } from '../waiters.ts';

/**
 * Waits for final documents: watches the file first and reads then, and reads all that is waited for
 * again after each change.
 */
export class ResultWatch {
  readonly #database: Database;
  readonly #waiters = new Waiters();
  /** Keys that were not read since someone began to wait for them. */
  readonly #fresh = new Set<string>();
  #stopListening: (() => void) | undefined;
  #isAllStale = false;
  #reading: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #restUntil: Millis = 0;
  #waiting = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns the final document. Rejects with `signal.reason`. */
  async wait(key: string, signal?: AbortSignal): Promise<string> {
    this.#waiting += 1;
    this.#stopListening ??= this.#database.onChange(() => {
      this.#isAllStale = true;
      this.#readSoon();
    });
    this.#fresh.add(key);
    setImmediate(() => this.#readFresh());
    try {
      return await this.#waiters.wait(key, signal);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#stop();
    }
  }

  /** Ends all waiting. */
  close(error: Error): void {
    this.#waiters.rejectAll(error);
  }

  #stop(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#isAllStale = false;
    this.#fresh.clear();
  }

  /** After a long read it rests as long as that took: thousands of waiters must not stop everything else. */
  #readSoon(): void {
    if (this.#reading) return;
    const restMs = this.#restUntil - performance.now();
    const run = (): void => {
      this.#reading = undefined;
      if (!this.#isAllStale) return;
      this.#isAllStale = false;
      void this.#readAll();
    };
    this.#reading = restMs < 1 ? setImmediate(run) : setTimeout(run, restMs);
  }

  async #readAll(): Promise<void> {
    const started = performance.now();
    await this.#read(this.#waiters.keys);
    const ended = performance.now();
    this.#restUntil = ended + (ended - started);
  }

  #readFresh(): void {
    if (this.#fresh.size === 0) return;
    const keys = [...this.#fresh].filter((key) => this.#waiters.has(key));
    this.#fresh.clear();
    void this.#read(keys);
  }

  /** Never rejects: who waits is told. */
  async #read(keys: readonly string[]): Promise<void> {
    try {
      for (const chunk of chunksOf(keys)) {
        const rows = await this.#database.read((session) =>
          session.all(resultQueries.findFinalResults, [JSON.stringify(chunk), Date.now()]),
        );
        for (const [key, document] of rows) this.#waiters.resolve(key, document);
      }
    } catch (error) {
      this.#waiters.rejectAll(error);
    }
  }
}
