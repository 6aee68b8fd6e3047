import type { Millis } from '../../util/index.ts';

/** How often a server that owes answers is looked at; a timer for each command would cost as much as sending it. */
const CHECK_MS: Millis = 1_000;

/** What tells a server that is silent from one that has nothing to say. */
export interface SilenceParts {
  readonly isOwed: () => boolean;
  /** Of the present connection: a long answer may take its time. */
  readonly bytesRead: () => number;
  readonly onSilent: (silenceMs: Millis) => void;
}

/** Notices that a server owes answers and is silent. */
export class SilenceWatch {
  /** When the server last showed that it lives, or first owed an answer. */
  heardAt: Millis = 0;
  readonly #parts: SilenceParts;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SilenceParts) {
    this.#parts = parts;
  }

  /** Watches one more connection, the one before no longer. */
  start(silenceMs: Millis): void {
    const { isOwed, bytesRead, onSilent } = this.#parts;
    this.heardAt = performance.now();
    let bytes = 0;
    this.stop();
    const look = (): void => {
      const now = performance.now();
      const read = bytesRead();
      if (read !== bytes) this.heardAt = now;
      bytes = read;
      if (isOwed() && now - this.heardAt >= silenceMs) onSilent(silenceMs);
    };
    this.#timer = setInterval(look, Math.min(CHECK_MS, silenceMs)).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
