import { type Millis, soon } from '../../util/index.ts';
import type { RedisLink } from './link.ts';
import { Signal } from './signal.ts';

const PING_MS: Millis = 10_000;
const LINGER_MS: Millis = 5_000;
/** Channels that nobody listens to any more are left together, when as many have gathered or after a while. */
const LEAVE = { afterMs: 100, atMost: 500 } as const;

/**
 * The channels that this process listens to, over one connection that exists only while somebody holds it.
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
  #holds = 0;
  #changed = new Set<string>();
  readonly #left = new Set<string>();
  #leaving: NodeJS.Timeout | undefined;
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

  /** Keeps the connection, and with it the process, until as often let go. */
  hold(): void {
    this.#holds += 1;
    this.#wake();
  }

  /** The process may end, and the connection rest, once all have let go. */
  letGo(): void {
    this.#holds -= 1;
    if (this.#holds > 0) return;
    this.#release?.();
    this.#release = undefined;
    this.#leaving ??= setTimeout(() => this.#leave(), LEAVE.afterMs).unref();
  }

  /** One more listens to a channel, as long as somebody holds the connection. */
  listen(channel: string): void {
    this.#listeners.set(channel, (this.#listeners.get(channel) ?? 0) + 1);
    this.#left.delete(channel);
    this.#changed.add(channel);
    this.#flushSoon();
  }

  /** One less listens to a channel. */
  unlisten(channel: string): void {
    const listeners = this.#listeners.get(channel) ?? 0;
    if (listeners > 1) {
      this.#listeners.set(channel, listeners - 1);
      return;
    }
    this.#listeners.delete(channel);
    this.#left.add(channel);
    if (this.#left.size >= LEAVE.atMost) this.#leave();
    else this.#leaving ??= setTimeout(() => this.#leave(), LEAVE.afterMs).unref();
  }

  /** Disconnects for good. */
  close(): void {
    this.#listeners.clear();
    this.#sleep();
    clearTimeout(this.#lingering);
    clearTimeout(this.#leaving);
    this.link.close();
  }

  #flush(): void {
    if (!this.link.isUp) return;
    const added: string[] = [];
    const kept: string[] = [];
    for (const channel of this.#changed) {
      if (this.#listeners.has(channel))
        (this.#subscribed.has(channel) ? kept : added).push(channel);
    }
    this.#changed.clear();
    for (const channel of added) this.#subscribed.add(channel);
    if (added.length > 0) void this.#subscribe(added);
    // somebody new listens, to whom what was published before is news
    if (kept.length > 0) this.onSubscribed.emit(kept);
  }

  #leave(): void {
    clearTimeout(this.#leaving);
    this.#leaving = undefined;
    const left = [...this.#left].filter((channel) => this.#subscribed.delete(channel));
    this.#left.clear();
    // when the connection breaks, those still listened to are subscribed to anew
    if (left.length > 0 && this.link.isUp) this.link.call('unsubscribe', left).catch(() => {});
    if (this.#holds === 0) this.#sleep();
  }

  async #subscribe(channels: readonly string[]): Promise<void> {
    try {
      await this.link.call('subscribe', channels);
    } catch (error) {
      for (const channel of channels) this.#subscribed.delete(channel);
      if (!this.link.isUp) return; // all are subscribed to anew
      if (channels.length === 1) this.onRefused.emit({ channels, error });
      // one that is not allowed has all refused
      else await Promise.all(channels.map((channel) => this.#subscribeTo(channel)));
      return;
    }
    this.onSubscribed.emit(channels);
  }

  async #subscribeTo(channel: string): Promise<void> {
    if (!this.#listeners.has(channel)) return;
    this.#subscribed.add(channel);
    await this.#subscribe([channel]);
  }

  #wake(): void {
    clearTimeout(this.#lingering);
    this.#release ??= this.link.hold();
    this.#pinging ??= setInterval(() => {
      // no traffic and a dead connection look the same; the link drops one that owes an answer
      if (this.link.isUp) this.link.call('ping', []).catch(() => {});
    }, PING_MS).unref();
  }

  #sleep(): void {
    this.#release?.();
    this.#release = undefined;
    clearInterval(this.#pinging);
    this.#pinging = undefined;
    clearTimeout(this.#lingering);
    this.#lingering = setTimeout(() => this.link.rest(), LINGER_MS).unref();
  }
}
