/** One that is longer is not kept. */
const LENGTH_MAX = 10_000;
/** So many are: as many chords may have their members read in turns. */
const COUNT_MAX = 8;

/** The end of a text that was read, with what it says. */
export interface KnownEnd<Meaning> {
  readonly text: string;
  /** Shared, and so it is frozen. */
  readonly meaning: Meaning;
}

/** The ends of texts that were read last. */
export class KnownEnds<Meaning> {
  readonly #ends: KnownEnd<Meaning>[] = [];
  /** Where the next one is kept. */
  #at = 0;

  /** What a text ends with; undefined if it is another end. */
  find(text: string): KnownEnd<Meaning> | undefined {
    for (const end of this.#ends) if (text.endsWith(end.text)) return end;
    return undefined;
  }

  /** Whether an end of so many characters would be kept. */
  takes(length: number): boolean {
    return length <= LENGTH_MAX;
  }

  /** @param meaning - plain data */
  note(end: string, meaning: Meaning): void {
    freezeAll(meaning);
    // a part of a text would keep the whole
    const text = Buffer.from(end).toString();
    this.#ends[this.#at] = { text, meaning };
    this.#at = (this.#at + 1) % COUNT_MAX;
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
