/**
 * Tells many that a signal was aborted, over one listener per signal: much work shares a signal, and to add
 * and remove a listener of one's own costs more than what it is to guard.
 */
export class AbortWatch {
  readonly #watchers = new WeakMap<AbortSignal, Set<() => void>>();

  /** Calls `onAbort` when the signal is aborted. Not to be called for one that is aborted already. */
  add(signal: AbortSignal, onAbort: () => void): void {
    const known = this.#watchers.get(signal);
    if (known) {
      known.add(onAbort);
      return;
    }
    const watchers = new Set([onAbort]);
    this.#watchers.set(signal, watchers);
    signal.addEventListener('abort', () => watchers.forEach((tell) => void tell()), { once: true });
  }

  /** Calls it no more. */
  remove(signal: AbortSignal, onAbort: () => void): void {
    this.#watchers.get(signal)?.delete(onAbort);
  }
}
