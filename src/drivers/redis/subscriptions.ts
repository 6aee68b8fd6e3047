import { soon } from '../../util/index.ts';
import type { RedisLink } from './link.ts';
import type { Signal } from './signal.ts';

/** How often names that nobody listens to any more are left: when as many have gathered, else when they are told to. */
const LEAVE_AT_MOST = 500;

/** Whom subscriptions tell what. */
export interface SubscriptionEvents {
  readonly onSubscribed: Signal<readonly string[]>;
  readonly onRefused: Signal<{ channels: readonly string[]; error: unknown }>;
  /** Somebody stopped listening to a name, which is to be left some time. */
  readonly onLeft: () => void;
}

/**
 * The channels, or the patterns of channels, that this process listens to over one connection.
 * What is subscribed to in one turn of the loop travels together, and again after each reconnection.
 */
export class Subscriptions {
  readonly #link: RedisLink;
  readonly #kind: 'channels' | 'patterns';
  readonly #events: SubscriptionEvents;
  readonly #listeners = new Map<string, number>();
  readonly #subscribed = new Set<string>();
  #changed = new Set<string>();
  readonly #left = new Set<string>();
  readonly #flushSoon = soon(() => this.#flush());

  constructor(link: RedisLink, kind: 'channels' | 'patterns', events: SubscriptionEvents) {
    this.#link = link;
    this.#kind = kind;
    this.#events = events;
    link.onUp.on(() => {
      this.#changed = new Set(this.#listeners.keys());
      this.#flush();
    });
    link.onDown.on(() => this.#subscribed.clear());
  }

  /** One more listens. */
  listen(name: string): void {
    this.#listeners.set(name, (this.#listeners.get(name) ?? 0) + 1);
    this.#left.delete(name);
    this.#changed.add(name);
    this.#flushSoon();
  }

  /** One less listens. */
  unlisten(name: string): void {
    const listeners = this.#listeners.get(name) ?? 0;
    if (listeners > 1) {
      this.#listeners.set(name, listeners - 1);
      return;
    }
    this.#listeners.delete(name);
    this.#left.add(name);
    if (this.#left.size >= LEAVE_AT_MOST) this.leave();
    else this.#events.onLeft();
  }

  /** Tells the server of what nobody listens to any more. */
  leave(): void {
    const left = [...this.#left].filter((name) => this.#subscribed.delete(name));
    this.#left.clear();
    const command = this.#kind === 'channels' ? 'unsubscribe' : 'punsubscribe';
    // when the connection breaks, those still listened to are subscribed to anew
    if (left.length > 0 && this.#link.isUp) this.#link.call(command, left).catch(() => {});
  }

  /** Nobody listens any more, and the connection goes. */
  clear(): void {
    this.#listeners.clear();
  }

  #flush(): void {
    if (!this.#link.isUp) return;
    const added: string[] = [];
    const kept: string[] = [];
    for (const name of this.#changed) {
      if (this.#listeners.has(name)) (this.#subscribed.has(name) ? kept : added).push(name);
    }
    this.#changed.clear();
    for (const name of added) this.#subscribed.add(name);
    if (added.length > 0) void this.#subscribe(added);
    // somebody new listens, to whom what was published before is news
    if (kept.length > 0) this.#events.onSubscribed.emit(kept);
  }

  async #subscribe(names: readonly string[]): Promise<void> {
    try {
      await this.#link.call(this.#kind === 'channels' ? 'subscribe' : 'psubscribe', names);
    } catch (error) {
      for (const name of names) this.#subscribed.delete(name);
      if (!this.#link.isUp) return; // all are subscribed to anew
      if (names.length === 1) this.#events.onRefused.emit({ channels: names, error });
      // one that is not allowed has all refused
      else await Promise.all(names.map((name) => this.#subscribeTo(name)));
      return;
    }
    this.#events.onSubscribed.emit(names);
  }

  async #subscribeTo(name: string): Promise<void> {
    if (!this.#listeners.has(name)) return;
    this.#subscribed.add(name);
    await this.#subscribe([name]);
  }
}
