import type { RedisShare, ReplyEncoding } from '../../drivers/redis/index.ts';
import { BrokerUnavailableError } from '../../errors.ts';
import { isFinal, type ResultCodec, type ResultMeta, resultKeyOf } from '../../protocol/index.ts';
import { AbortWatch, type Millis, soon } from '../../util/index.ts';
import type { BackendOptions } from '../backend.ts';
import { KEYS_MAX } from '../chunks.ts';
import { Postponed } from './postponed.ts';
import { Replies } from './replies.ts';

/** How documents are read, so that they are as `decode` wants them. */
export function encodingOf({ isJson }: ResultCodec): ReplyEncoding {
  return isJson ? 'utf8' : 'latin1';
}

/** One caller that waits for a result. */
interface Waiter {
  readonly signal: AbortSignal | undefined;
  readonly resolve: (meta: ResultMeta) => void;
  readonly reject: (reason: unknown) => void;
  readonly onAbort: () => void;
}

/** All callers that wait for one result. */
interface Wait {
  readonly waiters: Set<Waiter>;
  /** Whether the result's own channel is listened to. */
  isListening: boolean;
}

const READY_MS: Millis = 10_000;
const REREAD_MS: Millis = 200;

/**
 * All who wait for results in this process, by key. A result's own channel is subscribed to first and the key
 * read then, again after each reconnection: a result is announced after the reading or found by it. Where a
 * reply is sure to come (`replies.ts`) that is put off for a moment, and mostly not needed any more.
 */
export class Waiters {
  readonly #share: RedisShare;
  readonly #codec: ResultCodec;
  readonly #keyprefix: string;
  readonly #waits = new Map<string, Wait>();
  readonly #replies: Replies | undefined;
  readonly #postponed: Postponed | undefined;
  readonly #stops: (() => void)[];
  readonly #aborts = new AbortWatch();
  #unread = new Set<string>();
  #isReading = false;
  readonly #readSoon = soon(() => {
    if (!this.#isReading) void this.#readAll();
  });

  constructor(
    share: RedisShare,
    codec: ResultCodec,
    { replyTo, keyprefix = '' }: Pick<BackendOptions, 'replyTo' | 'keyprefix'>,
  ) {
    this.#share = share;
    this.#codec = codec;
    this.#keyprefix = keyprefix;
    const { subscriber } = share;
    this.#stops = [
      subscriber.link.onMessage.on(({ channel, text }) => this.#hear(channel, text)),
      subscriber.onSubscribed.on((channels) => {
        for (const channel of channels) if (this.#waits.has(channel)) this.#unread.add(channel);
        if (this.#unread.size > 0) this.#readSoon();
      }),
      subscriber.link.onRefused.on((error) => {
        for (const key of [...this.#waits.keys()]) this.#fail(key, error);
      }),
      subscriber.onRefused.on(({ channels, error }) => {
        for (const channel of channels) this.#fail(channel, error);
      }),
    ];
    if (replyTo === undefined) return; // nobody can be told to reply
    const now = (): Millis => performance.now();
    const replies = new Replies({
      ...{ subscriber, replyTo, keyprefix, now },
      onReply: (key, document) => this.#take(key, document),
      onLost: () => this.#postponed?.endAll(),
    });
    this.#replies = replies;
    this.#postponed = new Postponed({ replies, now, onEnded: (key) => this.#listen(key) });
  }

  /** See `ResultReader.wait`. */
  wait(taskId: string, signal?: AbortSignal, sentMs?: Millis): Promise<ResultMeta> {
    const key = resultKeyOf(taskId, this.#keyprefix);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#postponed?.giveUp(key);
        this.#leave(key, waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = { signal, resolve, reject, onAbort };
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      if (signal) this.#aborts.of(signal).add(onAbort);
      this.#join(key, waiter, sentMs);
    });
  }

  /** Keeps nothing of this result. */
  forget(taskId: string): void {
    this.#replies?.forget(resultKeyOf(taskId, this.#keyprefix));
  }

  /** Rejects all who still wait. */
  close(reason: unknown): void {
    for (const key of [...this.#waits.keys()]) this.#fail(key, reason);
    for (const stop of this.#stops) stop();
    this.#postponed?.close();
    this.#replies?.close();
  }

  #join(key: string, waiter: Waiter, sentMs: Millis | undefined): void {
    const known = this.#waits.get(key);
    if (known) {
      known.waiters.add(waiter);
      if (!known.isListening) return;
      this.#unread.add(key); // what was announced before is news to a newcomer
      this.#readSoon();
      return;
    }
    this.#waits.set(key, { waiters: new Set([waiter]), isListening: false });
    this.#share.subscriber.hold();
    if (sentMs !== undefined) this.#replies?.want();
    if (this.#replies?.take(key)) return;
    const isBounded = waiter.signal !== undefined;
    if (this.#replies?.covers(sentMs) && this.#postponed?.add(key, isBounded)) return;
    this.#listen(key);
  }

  #listen(key: string): void {
    const wait = this.#waits.get(key);
    if (!wait || wait.isListening) return;
    wait.isListening = true;
    this.#share.subscriber.listen(key);
  }

  #leave(key: string, waiter: Waiter): void {
    if (waiter.signal) this.#aborts.of(waiter.signal).delete(waiter.onAbort);
    const wait = this.#waits.get(key);
    if (!wait?.waiters.delete(waiter) || wait.waiters.size > 0) return;
    this.#waits.delete(key);
    this.#postponed?.delete(key);
    if (wait.isListening) this.#share.subscriber.unlisten(key);
    this.#share.subscriber.letGo();
  }

  /** @returns whether somebody waits, or waited, for it. */
  #take(key: string, document: string | undefined): boolean {
    const isExplained = this.#postponed?.explain(key) ?? false;
    if (!this.#waits.has(key)) return isExplained;
    if (document === undefined || !this.#codec.isJson) {
      this.#postponed?.delete(key);
      this.#listen(key);
    } else this.#settle(key, document);
    return true;
  }

  /** Messages come as texts: one that is bytes says only that there is something to read. */
  #hear(channel: string, text: string): void {
    if (this.#codec.isJson) this.#settle(channel, text);
    else if (this.#waits.has(channel)) {
      this.#unread.add(channel);
      this.#readSoon();
    }
  }

  #settle(key: string, document: string): void {
    const wait = this.#waits.get(key);
    if (!wait) return;
    let meta: ResultMeta;
    try {
      meta = this.#codec.decode(document);
    } catch (error) {
      this.#fail(key, error);
      return;
    }
    if (!isFinal(meta.status)) return;
    this.#postponed?.found(key);
    for (const waiter of [...wait.waiters]) {
      this.#leave(key, waiter);
      waiter.resolve(meta);
    }
  }

  #fail(key: string, reason: unknown): void {
    for (const waiter of [...(this.#waits.get(key)?.waiters ?? [])]) {
      this.#leave(key, waiter);
      waiter.reject(reason);
    }
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    const release = this.#share.commands.hold();
    while (this.#unread.size > 0) {
      const keys = [...this.#unread].slice(0, KEYS_MAX);
      for (const key of keys) this.#unread.delete(key);
      if (await this.#read(keys.filter((key) => this.#waits.has(key)))) continue;
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
      const reply = await commands.call('mget', keys, encodingOf(this.#codec));
      const documents = reply as (string | null)[];
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
