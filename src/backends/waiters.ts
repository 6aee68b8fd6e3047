import { setMaxListeners } from 'node:events';
import { createDeferred, type Deferred } from '../util/index.ts';

interface Waiter {
  readonly done: Deferred<string>;
}

/** Those who wait for documents, by key. */
export class Waiters {
  readonly #byKey = new Map<string, Set<Waiter>>();

  get keys(): readonly string[] {
    return [...this.#byKey.keys()];
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Waits for the document of a key; rejects with `signal.reason`. */
  async wait(key: string, signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted();
    const waiter: Waiter = { done: createDeferred<string>() };
    const waiters = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, waiters.add(waiter));
    const onAbort = (): void => waiter.done.reject(signal?.reason);
    if (signal) setMaxListeners(0, signal); // one signal for thousands of waiters is no leak
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await waiter.done.promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      waiters.delete(waiter);
      if (waiters.size === 0 && this.#byKey.get(key) === waiters) this.#byKey.delete(key);
    }
  }

  /** The document is there: everyone who waits for it has it. */
  resolve(key: string, document: string): void {
    const waiters = this.#byKey.get(key);
    this.#byKey.delete(key); // now, so that nobody reads it once more
    for (const { done } of waiters ?? []) done.resolve(document);
  }

  /** Nobody will get anything. */
  rejectAll(error: unknown): void {
    for (const waiters of this.#byKey.values()) {
      for (const { done } of waiters) done.reject(error);
    }
    this.#byKey.clear();
  }
}
