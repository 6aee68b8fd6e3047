/**
 * Tells many that a signal was aborted, over one listener per signal: much work shares a signal, and to add
 * and remove a listener of one's own costs more than what it is to guard.
 */
export class AbortWatch {
  readonly #watchers = new WeakMap<AbortSignal, Set<() => void>>();

  /** Those who are called when the signal is aborted: add to them, and delete from them. It must not be aborted yet. */
  of(signal: AbortSignal): Set<() => void> {
    const known = this.#watchers.get(signal);
    if (known) return known;
    const watchers = new Set<() => void>();
    this.#watchers.set(signal, watchers);
    signal.addEventListener('abort', () => watchers.forEach((tell) => void tell()), { once: true });
    return watchers;
  }
}
