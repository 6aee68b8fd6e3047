import type { FailoverStrategy } from '../../protocol/index.ts';
import { Signal } from './signal.ts';

/** What a route is made of. */
export interface RouteParts {
  /** As the strategy gets them. */
  readonly urls: readonly string[];
  /** The same for people. */
  readonly shown: readonly string[];
  readonly strategy: FailoverStrategy;
  readonly onNotice: (message: string) => void;
  /** Source in [0, 1). */
  readonly random?: () => number;
}

/**
 * Which of several servers is the one now. All links of a route follow it, so that what belongs together is
 * on one server: when one of them cannot connect, all of them move on.
 */
export class Route {
  /** Another server is to be used from now on. */
  readonly onMoved = new Signal<void>();
  readonly #parts: RouteParts;
  #order: Iterator<string> | undefined;
  #at = 0;
  #usedAt = 0;

  constructor(parts: RouteParts) {
    this.#parts = parts;
  }

  /** The place in the list. */
  get at(): number {
    return this.#at;
  }

  /** Whether there is more than one server. */
  get isList(): boolean {
    return this.#parts.urls.length > 1;
  }

  /** A link could not connect to this one. */
  failed(at: number): void {
    if (!this.isList || at !== this.#at) return;
    this.#at = this.#next();
    if (this.#at !== at) this.onMoved.emit();
  }

  /** A link is connected to this one. */
  reached(at: number): void {
    if (at === this.#usedAt) return;
    const { shown, onNotice } = this.#parts;
    onNotice(`'${shown[this.#usedAt]}' does not answer; using '${shown[at]}' from now on`);
    this.#usedAt = at;
  }

  /** Nothing to close: those who follow it do that themselves. */
  close(): void {}

  #next(): number {
    const { urls, strategy, onNotice, random = Math.random } = this.#parts;
    const step = strategy === 'shuffle' ? 1 + Math.floor(random() * (urls.length - 1)) : 1;
    const other = (this.#at + step) % urls.length;
    if (typeof strategy === 'string') return other;
    try {
      // an order that begins with what was tried already, as the list itself does, goes on from there
      const url = this.#take(strategy);
      const place = urls.indexOf(url === urls[this.#at] ? this.#take(strategy) : url);
      if (place >= 0) return place;
      onNotice('brokerFailoverStrategy gave a URL that is not in the list; taking the next');
    } catch (error) {
      onNotice(`brokerFailoverStrategy failed, taking the next: ${error}`);
    }
    return other;
  }

  /** The next of an order that begins anew when it ends. Throws what a strategy throws. */
  #take(strategy: (urls: readonly string[]) => Iterable<string>): string {
    for (let attempt = 0; attempt < 2; attempt++) {
      this.#order ??= strategy(this.#parts.urls)[Symbol.iterator]();
      const { done, value } = this.#order.next();
      if (!done) return value;
      this.#order = undefined;
    }
    throw new Error('it gives no URLs');
  }
}
