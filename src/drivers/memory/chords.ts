import {
  CHORD_REST_MAX_MS,
  type ChordOpening,
  type ChordPart,
  type ChordPlace,
  type CompleteChord,
  type ResultWrite,
} from '../../protocol/index.ts';
import { type Clock, keepNewest, type Millis } from '../../util/index.ts';

/** What is kept of one chord. */
interface KeptChord {
  readonly place: ChordPlace;
  size: number | undefined;
  /** The tasks whose parts it has more than was said. */
  readonly extra: Set<string>;
  /** Its body was sent, or never will be: nothing counts any more. */
  isOver: boolean;
  /** By the id of the task, in the order of their coming. */
  readonly parts: Map<string, Pick<ChordPart, 'index' | 'member'>>;
  /** Since when all its parts are in, and what is told then; later by `restMs` once it was found. */
  complete: Readonly<{ ending: string; sinceMs: Millis; restMs: Millis }> | undefined;
  /** Infinity: never. */
  expiresMs: Millis;
}

/** What is read of one. */
export type StoredChord = Readonly<{ size: number | undefined; members: readonly string[] }>;

/** So many chords are kept; the one that was touched longest ago makes room for one more. */
export const CHORDS_MAX = 100_000;
/** What is past its time is looked for after as many new chords as it left the last time, and no fewer than this. */
const SWEEP_EVERY_MIN = 100;

/** The parts of chords by the keys of these, each for as long as it is to be kept. */
export class Chords {
  readonly #kept = new Map<string, KeptChord>();
  readonly #clock: Clock;
  readonly #store: (writes: readonly ResultWrite[]) => void;
  #added = 0;
  #sizeSwept = 0;

  /** @param store - stores the results that come with parts. */
  constructor(clock: Clock, store: (writes: readonly ResultWrite[]) => void) {
    this.#clock = clock;
    this.#store = store;
  }

  /** Chords that are kept, some of them perhaps past their time. */
  get kept(): number {
    return this.#kept.size;
  }

  open(openings: readonly ChordOpening[]): void {
    for (const opening of openings) {
      const chord = this.#touch(opening);
      if (!chord.isOver) chord.size ??= opening.size;
    }
  }

  grow(place: ChordPlace, taskId: string): void {
    this.#touch(place).extra.add(taskId);
  }

  shrink(place: ChordPlace, taskId: string): void {
    this.#touch(place).extra.delete(taskId);
  }

  /** Counts parts. @returns the chords that are complete now. */
  count(parts: readonly ChordPart[]): readonly CompleteChord[] {
    const complete = new Map<string, CompleteChord>();
    for (const part of parts) this.#count(part, complete);
    return [...complete.values()];
  }

  read({ key, isOrdered }: ChordPlace): StoredChord {
    const chord = this.#find(key);
    if (!chord) return { size: undefined, members: [] };
    const parts = [...chord.parts.values()];
    if (isOrdered) parts.sort(byPlace);
    return { size: sizeOf(chord), members: parts.map(({ member }) => member) };
  }

  /** Those that have been complete for so long, the first first; they rest from now on. */
  takeComplete(
    olderThanMs: Millis,
    limit: number,
    leastRestMs = olderThanMs,
  ): readonly CompleteChord[] {
    const untilMs = this.#clock.now() - olderThanMs;
    const due = [...this.#kept.keys()].flatMap((key) => {
      const chord = this.#find(key);
      const { complete } = chord ?? {};
      return chord && complete && complete.sinceMs <= untilMs ? [{ chord, complete }] : [];
    });
    due.sort((one, other) => one.complete.sinceMs - other.complete.sinceMs);
    return due.slice(0, limit).map(({ chord, complete }) => {
      const { ending, restMs: restedMs } = complete;
      const restMs = Math.min(CHORD_REST_MAX_MS, Math.max(2 * restedMs, leastRestMs));
      chord.complete = { ending, sinceMs: untilMs + restMs, restMs };
      return { groupId: chord.place.groupId, ending };
    });
  }

  isComplete({ key }: ChordPlace): boolean {
    return this.#find(key)?.complete !== undefined;
  }

  /** Ends a chord that is complete. @returns whether it was. */
  end(place: ChordPlace, isFailed: boolean): boolean {
    if (!this.isComplete(place)) return false;
    const chord = this.#touch(place);
    chord.isOver = true;
    chord.complete = undefined;
    if (!isFailed) chord.parts.clear();
    chord.extra.clear();
    return true;
  }

  #count(part: ChordPart, complete: Map<string, CompleteChord>): void {
    const chord = this.#touch(part);
    const { taskId, index, member, writes, parts, groupId } = part;
    const ending = `${part.head ?? ''}${part.ending}`;
    if (chord.isOver || chord.parts.has(taskId)) return;
    chord.parts.set(taskId, { index, member });
    const size = sizeOf(chord);
    if (size === undefined) return;
    this.#store(writes);
    for (const each of parts) this.#count(each, complete);
    if (chord.parts.size < size) return;
    chord.complete = { ending, sinceMs: this.#clock.now(), restMs: 0 };
    complete.set(part.key, { groupId, ending });
  }

  #find(key: string): KeptChord | undefined {
    const chord = this.#kept.get(key);
    if (!chord || chord.expiresMs > this.#clock.now()) return chord;
    this.#kept.delete(key);
    return undefined;
  }

  /** The chord, made if it is not there, whose time begins anew. */
  #touch(place: ChordPlace): KeptChord {
    const { key, ttlMs } = place;
    const known = this.#find(key);
    const chord = known ?? newChord(place);
    chord.expiresMs = ttlMs === 0 ? Number.POSITIVE_INFINITY : this.#clock.now() + ttlMs;
    this.#kept.delete(key); // so that the newest are at the end
    this.#kept.set(key, chord);
    if (!known) this.#makeRoom();
    return chord;
  }

  #makeRoom(): void {
    this.#added += 1;
    if (this.#added >= Math.max(SWEEP_EVERY_MIN, this.#sizeSwept)) {
      this.#added = 0;
      for (const key of this.#kept.keys()) this.#find(key);
      this.#sizeSwept = this.#kept.size;
    }
    keepNewest(this.#kept, CHORDS_MAX);
  }
}

function newChord(place: ChordPlace): KeptChord {
  const [size, complete] = [undefined, undefined];
  const [extra, parts] = [new Set<string>(), new Map<string, Placed>()];
  return { place, size, extra, isOver: false, parts, complete, expiresMs: 0 };
}

/** What was added is counted in. */
function sizeOf({ size, extra, isOver }: KeptChord): number | undefined {
  return size === undefined || isOver ? undefined : size + extra.size;
}

type Placed = Pick<ChordPart, 'index' | 'member'>;

/** As Redis has it: those without a place last, and texts of one place in their order. */
function byPlace(one: Placed, other: Placed): number {
  const [place, otherPlace] = [one.index ?? Infinity, other.index ?? Infinity];
  if (place !== otherPlace) return place - otherPlace;
  return one.member < other.member ? -1 : 1;
}
