import type { Millis } from '../../util/index.ts';

/** How often those are looked at for whom listening was put off, and how long it is put off at least. */
const TICK_MS: Millis = 50;
/** It is put off no longer than this, however many other replies come meanwhile. */
const LONGEST_MS: Millis = 2_000;

/** What is known of replies, and what to do about one that is missing. */
export interface PostponedParts {
  readonly replies: { readonly arrivedAt: Millis | undefined; distrust(): void };
  /** Called with a key whose reply is not waited for alone any longer. */
  readonly onEnded: (key: string) => void;
  readonly now: () => Millis;
}

/**
 * Results whose own channels are not listened to yet, as a reply is expected. Short tasks have ended by then;
 * while replies keep coming the others wait on. A result that is found where its reply should have come, and
 * did not, shows that replies are not to be relied upon.
 */
export class Postponed {
  readonly #parts: PostponedParts;
  /** By key since when, in that order. */
  readonly #waiting = new Map<string, Millis>();
  /** Listened to in the end, by key, with when the result was found; 0 if it was not yet. */
  readonly #ended = new Map<string, Millis>();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: PostponedParts) {
    this.#parts = parts;
  }

  add(key: string): void {
    this.#waiting.set(key, this.#parts.now());
    this.#timer ??= setInterval(() => this.look(), TICK_MS).unref();
  }

  /** The result has come, from wherever. */
  found(key: string): void {
    if (this.#ended.has(key)) this.#ended.set(key, this.#parts.now());
  }

  /** Nobody waits any more. */
  delete(key: string): void {
    if (!this.#waiting.delete(key) && this.#ended.get(key) === 0) this.#ended.delete(key);
  }

  /** A reply has come. @returns whether it is one that came after all. */
  explain(key: string): boolean {
    return this.#ended.delete(key);
  }

  /** Waits for replies no longer. */
  endAll(): void {
    const keys = [...this.#waiting.keys()];
    this.#waiting.clear();
    this.#ended.clear();
    for (const key of keys) this.#parts.onEnded(key);
  }

  close(): void {
    this.#stop();
    this.#waiting.clear();
    this.#ended.clear();
  }

  /** Called every moment while there are any. */
  look(): void {
    const now = this.#parts.now();
    const isFlowing = now - (this.#parts.replies.arrivedAt ?? 0) < TICK_MS;
    for (const [key, since] of this.#waiting) {
      const age = now - since;
      if (age < (isFlowing ? LONGEST_MS : TICK_MS)) break;
      this.#waiting.delete(key);
      this.#ended.set(key, 0);
      this.#parts.onEnded(key);
    }
    for (const found of this.#ended.values()) {
      if (found === 0 || now - found < TICK_MS) continue;
      this.#parts.replies.distrust();
      break;
    }
    if (this.#waiting.size === 0 && this.#ended.size === 0) this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
