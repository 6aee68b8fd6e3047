import type { Millis } from '../../util/index.ts';
import type { RedisLink } from './link.ts';
import { Signal } from './signal.ts';
import { Subscriptions } from './subscriptions.ts';

const LINGER_MS: Millis = 5_000;
/** Channels that nobody listens to any more are left together after a while. */
const LEAVE_MS: Millis = 100;

/**
 * The channels that this process listens to, over one connection that exists only while somebody holds it.
 */
export class RedisSubscriber {
  readonly link: RedisLink;
  /** These channels, or patterns, are listened to from now on: what was published before must be read. */
  readonly onSubscribed = new Signal<readonly string[]>();
  /** The server does not let us listen to these. */
  readonly onRefused = new Signal<{ channels: readonly string[]; error: unknown }>();
  readonly #channels: Subscriptions;
  readonly #patterns: Subscriptions;
  #holds = 0;
  #leaving: NodeJS.Timeout | undefined;
  #release: (() => void) | undefined;
  #pinging: NodeJS.Timeout | undefined;
  #lingering: NodeJS.Timeout | undefined;

  constructor(link: RedisLink) {
    this.link = link;
    const { onSubscribed, onRefused } = this;
    const events = { onSubscribed, onRefused, onLeft: () => this.#leaveLater() };
    this.#channels = new Subscriptions(link, 'channels', events);
    this.#patterns = new Subscriptions(link, 'patterns', events);
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
    this.#leaveLater();
  }

  /** One more listens to a channel, as long as somebody holds the connection. */
  listen(channel: string): void {
    this.#channels.listen(channel);
  }

  /** One less listens to a channel. */
  unlisten(channel: string): void {
    this.#channels.unlisten(channel);
  }

  /** One more listens to all channels that fit a pattern; they come by `link.onPatternMessage`. */
  listenToPattern(pattern: string): void {
    this.#patterns.listen(pattern);
  }

  /** One less listens to a pattern. */
  unlistenToPattern(pattern: string): void {
    this.#patterns.unlisten(pattern);
  }

  /** Disconnects for good. */
  close(): void {
    this.#channels.clear();
    this.#patterns.clear();
    this.#sleep();
    clearTimeout(this.#lingering);
    clearTimeout(this.#leaving);
    this.link.close();
  }

  #leaveLater(): void {
    this.#leaving ??= setTimeout(() => this.#leave(), LEAVE_MS).unref();
  }

  #leave(): void {
    clearTimeout(this.#leaving);
    this.#leaving = undefined;
    this.#channels.leave();
    this.#patterns.leave();
    if (this.#holds === 0) this.#sleep();
  }

  #wake(): void {
    clearTimeout(this.#lingering);
    this.#release ??= this.link.hold();
    const { healthCheckMs } = this.link.address;
    if (healthCheckMs === 0) return;
    this.#pinging ??= setInterval(() => {
      // no traffic and a dead connection look the same; the link drops one that owes an answer
      if (this.link.isUp) this.link.call('ping', []).catch(() => {});
    }, healthCheckMs).unref();
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
