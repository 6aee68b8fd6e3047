import { setMaxListeners } from 'node:events';
import type { Database, Session } from '../../drivers/sqlite/index.ts';
import { MessageUnroutableError } from '../../errors.ts';
import type { OutgoingMessage } from '../../protocol/index.ts';
import { createDeferred, type Deferred } from '../../util/index.ts';
import { placeRows } from './bindings.ts';
import { encodeRow, insertRows, type MessageRow, type PreparedMessage } from './rows.ts';

/** One call of `publish` that waits for its transaction. */
interface Call {
  readonly messages: readonly PreparedMessage[];
  readonly done: Deferred<void>;
}

/** Joins the calls of one tick into one transaction. */
export class Publisher {
  readonly #database: Database;
  readonly #steps: readonly number[];
  readonly #calls = new Set<Call>();
  #flushing: Promise<void> | undefined;

  constructor(database: Database, steps: readonly number[]) {
    this.#database = database;
    this.#steps = steps;
  }

  /** @throws EncodeError, BrokerUnavailableError, MessageUnroutableError, or the signal's reason. */
  async publish(messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (messages.length === 0) return;
    await this.insert(
      messages.map((message) => encodeRow(message, this.#steps)),
      signal,
    );
  }

  /** The same with envelopes that are written already. */
  async insert(messages: readonly PreparedMessage[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const call: Call = { messages, done: createDeferred() };
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
    const unroutable = new Map<Call, MessageUnroutableError>();
    try {
      await this.#database.write(
        (session) => {
          // from here on an abort comes too late; those aborted while the file was locked are gone
          taken.push(...this.#calls);
          this.#calls.clear();
          unroutable.clear();
          insertRows(
            session,
            taken.flatMap((call) => placeCall(session, call, unroutable)),
          );
        },
        { announce: true },
      );
      for (const call of taken) {
        const error = unroutable.get(call);
        if (error) call.done.reject(error);
        else call.done.resolve();
      }
    } catch (error) {
      const failed = taken.length > 0 ? taken : [...this.#calls];
      for (const call of failed) {
        this.#calls.delete(call);
        call.done.reject(error);
      }
    }
  }
}

/** A call whose messages have no queue to go to has none of them stored, and does not keep others from theirs. */
function placeCall(
  session: Session,
  call: Call,
  unroutable: Map<Call, MessageUnroutableError>,
): readonly MessageRow[] {
  try {
    return placeRows(session, call.messages);
  } catch (error) {
    if (!(error instanceof MessageUnroutableError)) throw error;
    unroutable.set(call, error);
    return [];
  }
}
