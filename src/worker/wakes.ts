/** Lets callers wait for something that happens now and then. */
export class Wakes {
  readonly #waiting = new Set<() => void>();

  /** It happens. */
  wake(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when it happens next, or the signal is aborted. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
