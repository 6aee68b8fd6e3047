/** One that is longer is not kept. */
const LENGTH_MAX = 10_000;

/** The end of a text that was read last, with what it says. That is shared, and so it is frozen. */
export class KnownEnds<Meaning> {
  #end = '';
  #meaning: Meaning | undefined;

  /** Of the end that is known. */
  get length(): number {
    return this.#end.length;
  }

  /** What the end of a text says; undefined if it is another one. */
  find(text: string): Meaning | undefined {
    return this.#meaning !== undefined && text.endsWith(this.#end) ? this.#meaning : undefined;
  }

  /** @param meaning - plain data */
  note(end: string, meaning: Meaning): void {
    if (end.length > LENGTH_MAX) return;
    freezeAll(meaning);
    this.#end = end;
    this.#meaning = meaning;
  }
}

/** Values of other classes are no part of what travels on, or frozen themselves; bytes cannot be. */
function freezeAll(value: unknown): void {
  if (!Array.isArray(value) && !isPlain(value)) return;
  Object.freeze(value);
  for (const each of Object.values(value)) freezeAll(each);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}
