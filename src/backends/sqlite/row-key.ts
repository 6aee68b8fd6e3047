/** A text of the file ends at a NUL, and half of a surrogate pair becomes another character there. */
const untellable = /[\0\ud800-\udfff]/u;

/** Under what something is kept: its key, written as JSON where the file could not hold it; no other key has quotes first. */
export function rowKeyOf(key: string): string {
  return untellable.test(key) ? JSON.stringify(key) : key;
}
