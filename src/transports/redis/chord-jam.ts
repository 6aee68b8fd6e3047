import type { Completion } from '../transport.ts';

/** What is wrong with what is kept of a chord. */
export interface ChordTrouble {
  readonly chordKey: string;
  /** For people. */
  readonly reason: string;
}

/** After so many chords that cannot be written others are not tried in the same commit: each costs a round trip. */
const FAULTY_MAX = 8;

/** What a commit has to leave out, as what is kept of its chords cannot be written. */
export class ChordJam {
  readonly #faulty = new Set<Completion>();
  /** Not tried, as they are of the same chords, or enough was tried. */
  readonly #untried = new Set<Completion>();
  readonly #keys = new Set<string>();
  #reason: string | undefined;

  /** Of the first; undefined if nothing is left out. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** @returns what of the rest is to be tried still. */
  add(
    faulty: Completion,
    { chordKey, reason }: ChordTrouble,
    rest: readonly Completion[],
  ): readonly Completion[] {
    this.#reason ??= reason;
    this.#faulty.add(faulty);
    this.#keys.add(chordKey);
    const isEnough = this.#faulty.size >= FAULTY_MAX;
    return rest.filter((each) => {
      const isLeft = isEnough ? !isOfAny(each) : !isOf(each, this.#keys);
      if (!isLeft) this.#untried.add(each);
      return isLeft;
    });
  }

  holds(completion: Completion): boolean {
    return this.#faulty.has(completion) || this.#untried.has(completion);
  }

  /** Where in these are those that are left out; the ones to be tried first come first. */
  placesIn(completions: readonly Completion[]): number[] {
    const places = [...completions.keys()];
    const inSet = (set: ReadonlySet<Completion>) =>
      places.filter((place) => {
        const completion = completions[place];
        return completion !== undefined && set.has(completion);
      });
    return [...inSet(this.#untried), ...inSet(this.#faulty)];
  }
}

function isOfAny({ openings = [], parts = [], settle }: Completion): boolean {
  return openings.length > 0 || parts.length > 0 || settle.kind === 'fire';
}

function isOf({ openings = [], parts = [], settle }: Completion, keys: ReadonlySet<string>) {
  if (settle.kind === 'fire' && keys.has(settle.chord.key)) return true;
  return openings.some(({ key }) => keys.has(key)) || parts.some(({ key }) => keys.has(key));
}

/** What people are told of a chord that cannot be written, with what helps. @param message - the server's */
export function chordTrouble(chordKey: string, message: string): string {
  const keys = `'${chordKey}' with '.s', '.t', '.j', '.ids' or '.more' behind it`;
  const what = `what is kept of a chord cannot be written, and its tasks wait and are tried again: ${message}`;
  return `${what}; ${remedyFor(message, keys)}`;
}

function remedyFor(message: string, keys: string): string {
  if (/^WRONGTYPE/.test(message)) {
    return `remove what is no key of a chord's at ${keys}, or in place of the hash of complete chords, '…celeriac.chords'`;
  }
  if (/^NOPERM|executing the script can't/.test(message)) {
    return `let the user of this worker's URL read and write ${keys}, and '…celeriac.chords' (ACL SETUSER)`;
  }
  if (/^OOM/.test(message)) return `give the server more memory ('maxmemory'): ${keys}`;
  if (/^(READONLY|MASTERDOWN)/.test(message)) {
    return `the server is a replica: have the URL name the one that is written to (${keys})`;
  }
  return `its keys are ${keys}`;
}
