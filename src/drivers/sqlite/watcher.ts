import { type FSWatcher, watch } from 'node:fs';
import type { Millis } from '../../util/index.ts';

/** What a watcher looks at. */
export interface WatchedFile {
  /** Every commit of any process writes to it. */
  readonly walFile: string;
  /** Differs after another connection's commit. */
  readonly readVersion: () => number;
  /** Whether the path still leads to the file that is open. */
  readonly isCurrent: () => boolean;
}

/** A lost event may only cost a second. */
const POLL_MS: Millis = 1_000;
/** How often to look where the system cannot watch files. */
const POLL_UNWATCHED_MS: Millis = 25;
/** The event comes when the bytes are written, a moment before the commit can be seen. */
const SECOND_LOOKS_MS: readonly Millis[] = [2, 10, 50];

/**
 * Tells when a database was changed by anyone. Watches only while someone listens, and keeps the
 * process alive as long.
 */
export class ChangeWatcher {
  readonly #file: WatchedFile;
  readonly #listeners = new Set<() => void>();
  #events: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #look: NodeJS.Immediate | undefined;
  #secondLook: NodeJS.Timeout | undefined;
  #telling: NodeJS.Immediate | undefined;
  #version = 0;

  constructor(file: WatchedFile) {
    this.#file = file;
  }

  /**
   * @param listener - called soon after a change, once for many of them, never from within a call.
   * @returns what ends it.
   */
  subscribe(listener: () => void): () => void {
    const own = (): void => listener(); // one function given twice is two subscriptions
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#stop();
    };
  }

  /** A change made through our own connection, which `readVersion` does not show. */
  announce(): void {
    if (this.#listeners.size === 0) return;
    this.#telling ??= setImmediate(() => {
      this.#telling = undefined;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  #start(): void {
    this.#version = this.#readVersion();
    this.#arm();
    this.#schedulePoll();
  }

  #stop(): void {
    this.#events?.close();
    clearTimeout(this.#poll);
    clearTimeout(this.#secondLook);
    clearImmediate(this.#look);
    clearImmediate(this.#telling);
    this.#events = this.#poll = this.#secondLook = this.#look = this.#telling = undefined;
  }

  /** Where this fails (no file, no more watches to be had), polling faster has to do. */
  #arm(): void {
    try {
      const events = watch(this.#file.walFile, { persistent: false });
      events.on('change', (kind) => (kind === 'rename' ? this.#disarm(events) : this.#lookSoon()));
      events.on('error', () => this.#disarm(events));
      this.#events = events;
    } catch {
      this.#events = undefined;
    }
  }

  #disarm(events: FSWatcher): void {
    events.close();
    if (this.#events !== events) return;
    this.#events = undefined;
    clearTimeout(this.#poll);
    this.#schedulePoll();
  }

  #schedulePoll(): void {
    const delayMs = this.#events ? POLL_MS : POLL_UNWATCHED_MS;
    this.#poll = setTimeout(() => {
      if (!this.#events) this.#arm();
      this.#schedulePoll();
      if (this.#file.isCurrent()) this.#lookNow();
      else this.announce(); // whoever listens then reads, and is told what is wrong
    }, delayMs);
  }

  #lookSoon(): void {
    this.#look ??= setImmediate(() => {
      this.#look = undefined;
      if (!this.#lookNow()) this.#lookAgain(0);
    });
  }

  #lookAgain(turn: number): void {
    const delayMs = SECOND_LOOKS_MS[turn];
    if (delayMs === undefined) return;
    clearTimeout(this.#secondLook);
    this.#secondLook = setTimeout(() => {
      if (!this.#lookNow()) this.#lookAgain(turn + 1);
    }, delayMs);
  }

  #lookNow(): boolean {
    const version = this.#readVersion();
    if (version === this.#version) return false;
    this.#version = version;
    this.announce();
    return true;
  }

  #readVersion(): number {
    try {
      return this.#file.readVersion();
    } catch {
      return this.#version; // the listeners' own reads tell what is wrong
    }
  }
}
