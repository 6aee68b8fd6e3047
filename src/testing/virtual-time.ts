import type { Millis, Time } from '../util/index.ts';

interface Timer {
  readonly dueMs: Millis;
  readonly call: () => void;
}

/** Kept from before anybody replaces the global one. */
const { setImmediate: soon } = globalThis;

/** A clock that stands still until it is moved; then it makes the calls that became due, in order. */
export class VirtualTime implements Time {
  readonly #timers = new Set<Timer>();
  #nowMs: Millis;

  constructor(nowMs: Millis) {
    this.#nowMs = nowMs;
  }

  now(): Millis {
    return this.#nowMs;
  }

  /** What is due already is called soon, though the clock stands still. */
  after(delayMs: Millis, call: () => void): () => void {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), call };
    this.#timers.add(timer);
    if (delayMs <= 0) soon(() => this.#fire(timer));
    return () => void this.#timers.delete(timer);
  }

  /** When the next call is due. */
  get nextMs(): Millis | undefined {
    return this.#next()?.dueMs;
  }

  /** Moves on to an instant, and makes all calls that are due by then. */
  moveTo(atMs: Millis): void {
    for (let timer = this.#next(); timer && timer.dueMs <= atMs; timer = this.#next()) {
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      this.#fire(timer);
    }
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  /** Of two that are due at once, the one that was asked for first. */
  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (!next || timer.dueMs < next.dueMs) next = timer;
    }
    return next;
  }

  #fire(timer: Timer): void {
    if (this.#timers.delete(timer)) timer.call();
  }
}
