import type { RemoteError } from '../errors.ts';
import type { ResultTuple } from './result.ts';

/**
 * A complete chord that was found rests, as it may have to wait for a member: for as long as it had been complete the
 * first time, then twice as long each time, but no longer than this, in milliseconds.
 */
export const CHORD_REST_MAX_MS = 60_000;

/** How many parts a chord has. */
export interface ChordCount {
  /** Of its header. */
  readonly groupId: string;
  readonly size: number;
}

/** What one member of a chord's header has come to: as it is kept for whoever sends the body. */
export interface ChordMember {
  readonly taskId: string;
  /** SUCCESS, FAILURE or REVOKED; IGNORED for one that stores nothing, in whose place the body gets null. */
  readonly status: string;
  /** Its result as JSON text; for a failure undefined. */
  readonly resultText: string | undefined;
  readonly error: RemoteError | null;
}

/** All that is kept of a chord. */
export interface ChordRecord {
  /** undefined: nobody has said yet, or it is over. What was added to it later is counted in. */
  readonly size: number | undefined;
  /** By their places in the header; of parts that one task has reported twice the first. */
  readonly members: readonly ChordMember[];
  /** There if the header has groups of its own: the body then gets their lists, whose values are read one by one. */
  readonly group: ResultTuple | undefined;
}
