import { setMaxListeners } from 'node:events';
import type { Database } from '../../drivers/sqlite/index.ts';
import type { OutgoingMessage } from '../../protocol/index.ts';
import { createDeferred, type Deferred } from '../../util/index.ts';
import { encodeRow, insertRows, type MessageRow } from './rows.ts';

/** One call of `publish` that waits for its transaction. */
interface Call {
  readonly rows: readonly MessageRow[];
  readonly done: Deferred<void>;
}

/** Joins the calls of one tick into one transaction. */
export class Publisher {
  readonly #database: Database;
  readonly #calls = new Set<Call>();
  #flushing: Promise<void> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws EncodeError, BrokerUnavailableError, or the signal's reason. */
  async publish(messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (messages.length === 0) return;
    const call: Call = { rows: messages.map(encodeRow), done: createDeferred() };
    const onAbort = (): void => {
      if (this.#calls.delete(call)) call.done.reject(signal.reason);
    };
    setMaxListeners(0, signal); // one signal for thousands of sends is no leak
    signal.addEventListener('abort', onAbort, { once: true });
    this.#calls.add(call);
    this.#flushing ??= this.#flush();
    try {
      await call.done.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Resolves when nothing is waiting to be written. */
  async idle(): Promise<void> {
    while (this.#flushing) await this.#flushing;
  }

  async #flush(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#calls.size > 0) await this.#writeAll();
    this.#flushing = undefined;
  }

  async #writeAll(): Promise<void> {
    const taken: Call[] = [];
    try {
      await this.#database.write(
        (session) => {
          // from here on an abort comes too late; those aborted while the file was locked are gone
          taken.push(...this.#calls);
          this.#calls.clear();
          insertRows(
            session,
            taken.flatMap((call) => call.rows),
          );
        },
        { announce: true },
      );
      for (const call of taken) call.done.resolve();
    } catch (error) {
      const failed = taken.length > 0 ? taken : [...this.#calls];
      for (const call of failed) {
        this.#calls.delete(call);
        call.done.reject(error);
      }
    }
  }
}
