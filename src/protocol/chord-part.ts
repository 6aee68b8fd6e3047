import type { Millis } from '../util/index.ts';
import type { ResultWrite } from './result-write.ts';

/** Where the parts of one chord are kept. The backend names it, and nobody else knows its keys. */
export interface ChordPlace {
  readonly groupId: string;
  /** Of what is kept of it; others begin with it. */
  readonly key: string;
  /** In a Redis: the hash that it is listed in once it is complete, under its key; '' elsewhere. */
  readonly completeKey: string;
  /** The database of a Redis server; 0 elsewhere. */
  readonly db: number;
  /** How long it is kept after the last part; 0 for ever. */
  readonly ttlMs: Millis;
  /** Parts in the order of the header; false: in that of their coming, as `resultChordOrdered` has it. */
  readonly isOrdered: boolean;
}

/** Begins a chord. One whose size is known already keeps it. */
export interface ChordOpening extends ChordPlace {
  readonly size: number;
}

/**
 * A member of a chord has ended, for good. Each task counts once, whatever it came to when it ran again: then
 * nothing of this is applied.
 */
export interface ChordPart extends ChordPlace {
  readonly taskId: string;
  /** Its place in the header; null: after all that have one. */
  readonly index: number | null;
  /** What is kept of it, in the backend's serializer: `[1, id, state, result]`. */
  readonly member: string;
  /** Whether that is bytes, with a character for each. JSON text if not given. */
  readonly isBytes?: boolean;
  /** What is told of the chord, as JSON text, to whoever sends its body once all parts are in; without its `head`. */
  readonly ending: string;
  /** What that begins with: the same text for all parts of a chord, so that a store gets it once. None if not given. */
  readonly head?: string;
  /**
   * For a member that failed: the results of what will now never run. Only while the chord is not over, and of one whose
   * size is known: without one, a worker of Python's may have sent the body.
   */
  readonly writes: readonly ResultWrite[];
  /** For a member that failed: the parts that the body was to be of other chords. */
  readonly parts: readonly ChordPart[];
}

/** A chord whose parts are all in. It stays known until its body is sent. */
export interface CompleteChord {
  readonly groupId: string;
  /** See `ChordPart.ending`; with its head. */
  readonly ending: string;
}
