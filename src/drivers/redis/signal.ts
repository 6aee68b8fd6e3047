/** One kind of event and those who listen to it. */
export class Signal<Value> {
  readonly #listeners = new Set<(value: Value) => void>();

  /** @returns a function that ends the listening. */
  on(listener: (value: Value) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(value: Value): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}
