import type { Millis } from '../../util/index.ts';
import type { RedisLink } from './link.ts';
import { Signal } from './signal.ts';
import { soon } from './soon.ts';

const PING_MS: Millis = 10_000;
const LINGER_MS: Millis = 5_000;

/**
 * The channels that this process listens to, over one connection that exists only while there are any.
 * What is subscribed to in one turn of the loop travels together, and again after each reconnection.
 */
export class RedisSubscriber {
  readonly link: RedisLink;
  /** These channels are listened to from now on: what was published before must be read. */
  readonly onSubscribed = new Signal<readonly string[]>();
  /** The server does not let us listen to these. */
  readonly onRefused = new Signal<{ channels: readonly string[]; error: unknown }>();
  readonly #listeners = new Map<string, number>();
  readonly #subscribed = new Set<string>();
  #changed = new Set<string>();
  #release: (() => void) | undefined;
  #pinging: NodeJS.Timeout | undefined;
  #lingering: NodeJS.Timeout | undefined;
  readonly #flushSoon = soon(() => this.#flush());

  constructor(link: RedisLink) {
    this.link = link;
    link.onUp.on(() => {
      this.#changed = new Set(this.#listeners.keys());
      this.#flush();
    });
    link.onDown.on(() => this.#subscribed.clear());
  }

  /** One more listens to a channel. */
  subscribe(channel: string): void {
    this.#listeners.set(channel, (this.#listeners.get(channel) ?? 0) + 1);
    this.#changed.add(channel);
    this.#wake();
    this.#flushSoon();
  }

  /** One less listens to a channel. */
  unsubscribe(channel: string): void {
    const listeners = this.#listeners.get(channel) ?? 0;
    if (listeners > 1) {
      this.#listeners.set(channel, listeners - 1);
      return;
    }
    this.#listeners.delete(channel);
    this.#changed.add(channel);
    this.#flushSoon();
  }

  /** Disconnects for good. */
  close(): void {
    this.#listeners.clear();
    this.#sleep();
    clearTimeout(this.#lingering);
    this.link.close();
  }

  #flush(): void {
    if (this.#listeners.size === 0) this.#sleep();
    if (!this.link.isUp) return;
    const added: string[] = [];
    const removed: string[] = [];
    const kept: string[] = [];
    for (const channel of this.#changed) {
      const isSubscribed = this.#subscribed.has(channel);
      if (!this.#listeners.has(channel)) {
        if (isSubscribed) removed.push(channel);
      } else (isSubscribed ? kept : added).push(channel);
    }
    this.#changed.clear();
    for (const channel of removed) this.#subscribed.delete(channel);
    for (const channel of added) this.#subscribed.add(channel);
    // when the connection breaks, all are subscribed to anew
    if (removed.length > 0) this.link.call('unsubscribe', removed).catch(() => {});
    if (added.length > 0) void this.#subscribe(added);
    // somebody new listens, to whom what was published before is news
    if (kept.length > 0) this.onSubscribed.emit(kept);
  }

  async #subscribe(channels: readonly string[]): Promise<void> {
    try {
      await this.link.call('subscribe', channels);
    } catch (error) {
      if (this.link.isUp) this.onRefused.emit({ channels, error });
      return;
    }
    this.onSubscribed.emit(channels);
  }

  #wake(): void {
    clearTimeout(this.#lingering);
    if (this.#release) return;
    this.#release = this.link.hold();
    this.#pinging = setInterval(() => {
      // no traffic and a dead connection look the same; the link drops one that owes an answer
      if (this.link.isUp) this.link.call('ping', []).catch(() => {});
    }, PING_MS).unref();
  }

  #sleep(): void {
    if (!this.#release) return;
    this.#release();
    this.#release = undefined;
    clearInterval(this.#pinging);
    this.#lingering = setTimeout(() => this.link.rest(), LINGER_MS).unref();
  }
}
