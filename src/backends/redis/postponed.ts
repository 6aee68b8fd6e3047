import { keepNewest, type Millis } from '../../util/index.ts';

/** How often those are looked at for whom listening was put off, and how long it is put off at least. */
const TICK_MS: Millis = 50;
/** It is put off no longer than this, however many other replies come meanwhile. */
const LONGEST_MS: Millis = 2_000;
/** So many of those that were given up are remembered. */
const GIVEN_UP_MAX = 1_000;

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
  /** By key since when, in that order: those that may wait for long, and those with a deadline that we do not know. */
  readonly #waiting = new Map<string, Millis>();
  readonly #bounded = new Map<string, Millis>();
  /** Listened to in the end, by key, with when the result was found; 0 if it was not yet. */
  readonly #ended = new Map<string, Millis>();
  readonly #givenUp = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: PostponedParts) {
    this.#parts = parts;
  }

  /**
   * @param isBounded - somebody may give up, and must not do so for a result that is there: that is put off
   *   for a moment only.
   * @returns false if it was given up before: then it is to be looked for at once.
   */
  add(key: string, isBounded = false): boolean {
    if (this.#givenUp.delete(key)) return false;
    const since = this.#parts.now();
    if (isBounded) this.#bounded.set(key, since);
    else this.#waiting.set(key, since);
    this.#timer ??= setInterval(() => this.look(), TICK_MS).unref();
    return true;
  }

  /** Somebody no longer waits, though its reply may just be missing. */
  giveUp(key: string): void {
    if (!this.#waiting.has(key) && !this.#bounded.has(key)) return;
    this.#givenUp.add(key);
    keepNewest(this.#givenUp, GIVEN_UP_MAX);
  }

  /** The result has come, from wherever. */
  found(key: string): void {
    if (this.#ended.has(key)) this.#ended.set(key, this.#parts.now());
  }

  /** Nobody waits any more. */
  delete(key: string): void {
    const isWaiting = this.#waiting.delete(key) || this.#bounded.delete(key);
    if (!isWaiting && this.#ended.get(key) === 0) this.#ended.delete(key);
  }

  /** A reply has come. @returns whether it is one that came after all. */
  explain(key: string): boolean {
    return this.#ended.delete(key);
  }

  /** Waits for replies no longer. */
  endAll(): void {
    const keys = [...this.#waiting.keys(), ...this.#bounded.keys()];
    this.#waiting.clear();
    this.#bounded.clear();
    this.#ended.clear();
    for (const key of keys) this.#parts.onEnded(key);
  }

  close(): void {
    this.#stop();
    this.#waiting.clear();
    this.#bounded.clear();
    this.#ended.clear();
  }

  /** Called every moment while there are any. */
  look(): void {
    const now = this.#parts.now();
    const isFlowing = now - (this.#parts.replies.arrivedAt ?? 0) < TICK_MS;
    this.#end(this.#bounded, now - TICK_MS);
    this.#end(this.#waiting, now - (isFlowing ? LONGEST_MS : TICK_MS));
    for (const found of this.#ended.values()) {
      if (found === 0 || now - found < TICK_MS) continue;
      this.#parts.replies.distrust();
      break;
    }
    if (this.#waiting.size + this.#bounded.size + this.#ended.size === 0) this.#stop();
  }

  /** Listens to those that wait since then, or longer. */
  #end(keys: Map<string, Millis>, until: Millis): void {
    for (const [key, since] of keys) {
      if (since > until) break;
      keys.delete(key);
      this.#ended.set(key, 0);
      this.#parts.onEnded(key);
    }
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
