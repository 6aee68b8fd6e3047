import type {
  ChordCount,
  ChordMember,
  ChordOpening,
  ChordPart,
  ChordPlace,
  ChordRecord,
  CompleteChord,
  ResultTuple,
  ResultWrite,
} from '../protocol/index.ts';
import type { Millis } from '../util/index.ts';

/** Groups kept under their ids, so that a handle of theirs can be made again. Executors have it over their port. */
export interface GroupStore {
  /** Kept as long as a result; overwrites. */
  save(group: ResultTuple): Promise<void>;
  find(groupId: string): Promise<ResultTuple | undefined>;
  delete(groupId: string): Promise<void>;
}

/** The same for who writes groups in a commit. */
export interface GroupWriter extends GroupStore {
  /** Turns a group into a plain write, for a commit. Its finality is `open`. Pure. */
  write(group: ResultTuple): ResultWrite;
}

/** What senders of chords need of where they are counted. Executors have it over their port. */
export interface ChordCounts {
  /** Says how many parts chords have, before any of them is sent. A size that is known already stays. */
  open(chords: readonly ChordCount[]): Promise<void>;
  /** A chord waits for one part more than was said: that of this task, which counts once however often it is said. */
  grow(groupId: string, taskId: string): Promise<void>;
  /** Takes that back, if it was said. */
  shrink(groupId: string, taskId: string): Promise<void>;
}

/** Where the parts of chords are counted. */
export interface ChordStore extends ChordCounts {
  place(groupId: string): ChordPlace;
  /** Pure, for a commit. */
  opening(chord: ChordCount): ChordOpening;
  /** What is kept of a member, in the serializer of results. Pure. @throws EncodeError */
  encode(member: ChordMember): Pick<ChordPart, 'member' | 'isBytes'>;
  /** Counts parts. @returns the chords that are complete now; they stay so until they are dropped or fired. */
  apply(parts: readonly ChordPart[]): Promise<readonly CompleteChord[]>;
  /**
   * All that is kept of a chord. A member that cannot be read stands as one that has failed.
   * @throws DecodeError for a saved group that cannot be read
   */
  read(groupId: string): Promise<ChordRecord>;
  /** Whether it is, and nobody has ended it. Says nothing of whether what is kept of it can be read. */
  isComplete(groupId: string): Promise<boolean>;
  /**
   * Those that have been complete for this long, and nobody has sent the body. They rest once they were found, so that
   * others have their turn and no two workers read the same: each time twice as long, see `CHORD_REST_MAX_MS`.
   * @param restMs - how long at least; `olderThanMs` if not given
   */
  findComplete(
    olderThanMs: Millis,
    limit: number,
    restMs?: Millis,
  ): Promise<readonly CompleteChord[]>;
  /**
   * Ends a complete chord as a commit's `fire` does: for a broker that is another store.
   * @param isFailed - its parts are kept for as long as Celery keeps them.
   * @returns whether it was there: then the body was the caller's to send.
   */
  drop(groupId: string, isFailed?: boolean): Promise<boolean>;
}
