import { type RedisShare, soon } from '../../drivers/redis/index.ts';
import { BrokerUnavailableError } from '../../errors.ts';
import { decodeResultMeta, isFinal, type ResultMeta, resultKeyOf } from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';

/** One caller that waits for a result. */
interface Waiter {
  readonly signal: AbortSignal | undefined;
  readonly resolve: (meta: ResultMeta) => void;
  readonly reject: (reason: unknown) => void;
  readonly onAbort: () => void;
}

const READ_MAX = 500;
const READY_MS: Millis = 10_000;
const REREAD_MS: Millis = 200;

/**
 * All who wait for results in this process, by key. A key is subscribed to first and read then, again
 * after each reconnection: a result is announced after the reading or found by it.
 */
export class Waiters {
  readonly #share: RedisShare;
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #stops: (() => void)[];
  #unread = new Set<string>();
  #isReading = false;
  readonly #readSoon = soon(() => {
    if (!this.#isReading) void this.#readAll();
  });

  constructor(share: RedisShare) {
    this.#share = share;
    const { subscriber } = share;
    this.#stops = [
      subscriber.link.onMessage.on(({ channel, text }) => this.#settle(channel, text)),
      subscriber.onSubscribed.on((channels) => {
        for (const channel of channels) if (this.#waiters.has(channel)) this.#unread.add(channel);
        this.#readSoon();
      }),
      subscriber.link.onRefused.on((error) => {
        for (const key of [...this.#waiters.keys()]) this.#fail(key, error);
      }),
      subscriber.onRefused.on(({ channels, error }) => {
        for (const channel of channels) this.#fail(channel, error);
      }),
    ];
  }

  /** Resolves with the final state; rejects with the signal's reason. */
  wait(taskId: string, signal?: AbortSignal): Promise<ResultMeta> {
    const key = resultKeyOf(taskId);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#leave(key, waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = { signal, resolve, reject, onAbort };
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#join(key, waiter);
    });
  }

  /** Rejects all who still wait. */
  close(reason: unknown): void {
    for (const key of [...this.#waiters.keys()]) this.#fail(key, reason);
    for (const stop of this.#stops) stop();
  }

  #join(key: string, waiter: Waiter): void {
    const others = this.#waiters.get(key);
    if (others) others.add(waiter);
    else this.#waiters.set(key, new Set([waiter]));
    // each newcomer has it read once more; the channel itself is subscribed to once
    this.#share.subscriber.subscribe(key);
  }

  #leave(key: string, waiter: Waiter): void {
    waiter.signal?.removeEventListener('abort', waiter.onAbort);
    this.#share.subscriber.unsubscribe(key);
    const others = this.#waiters.get(key);
    others?.delete(waiter);
    if (others?.size === 0) this.#waiters.delete(key);
  }

  #settle(key: string, document: string): void {
    const waiters = this.#waiters.get(key);
    if (!waiters) return;
    let meta: ResultMeta;
    try {
      meta = decodeResultMeta(document);
    } catch (error) {
      this.#fail(key, error);
      return;
    }
    if (!isFinal(meta.status)) return;
    for (const waiter of [...waiters]) {
      this.#leave(key, waiter);
      waiter.resolve(meta);
    }
  }

  #fail(key: string, reason: unknown): void {
    for (const waiter of [...(this.#waiters.get(key) ?? [])]) {
      this.#leave(key, waiter);
      waiter.reject(reason);
    }
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    const release = this.#share.commands.hold();
    while (this.#unread.size > 0) {
      const keys = [...this.#unread].slice(0, READ_MAX);
      for (const key of keys) this.#unread.delete(key);
      if (await this.#read(keys.filter((key) => this.#waiters.has(key)))) continue;
      for (const key of keys) this.#unread.add(key);
      await new Promise((resolve) => setTimeout(resolve, REREAD_MS));
    }
    release();
    this.#isReading = false;
  }

  /** @returns false if there was no answer. */
  async #read(keys: readonly string[]): Promise<boolean> {
    if (keys.length === 0) return true;
    const { commands } = this.#share;
    try {
      await commands.ready(AbortSignal.timeout(READY_MS));
      const documents = (await commands.call('mget', keys)) as (string | null)[];
      for (const [place, document] of documents.entries()) {
        if (document !== null) this.#settle(keys[place] as string, document);
      }
      return true;
    } catch (error) {
      if (error instanceof BrokerUnavailableError) return false;
      for (const key of keys) this.#fail(key, error);
      return true;
    }
  }
}
