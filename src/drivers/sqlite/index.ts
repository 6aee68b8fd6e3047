export {
  countParts,
  deleteExpiredChord,
  endChord,
  growChord,
  hasCompleteChord,
  isChordComplete,
  openChords,
  readChord,
  shrinkChord,
  takeCompleteChords,
} from './chords.ts';
export { Database, type WriteOptions } from './database.ts';
export { LeaseKeeper } from './lease-keeper.ts';
export { type DatabaseHold, holdDatabase } from './open.ts';
export * as bindingQueries from './queries/binding.ts';
export * as chordQueries from './queries/chord.ts';
export * as deadLetterQueries from './queries/dead-letter.ts';
export * as leaseQueries from './queries/lease.ts';
export * as messageQueries from './queries/message.ts';
export * as resultQueries from './queries/result.ts';
export type { Query, Session, Value } from './query.ts';
export { type StoredResult, storeResults } from './results.ts';
