/** So many keys are read in one command: a store does nothing else meanwhile. */
export const KEYS_MAX = 500;

/** Keys in lists that are short enough for one command each. */
export function* chunksOf(keys: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < keys.length; start += KEYS_MAX) {
    yield keys.slice(start, start + KEYS_MAX);
  }
}
