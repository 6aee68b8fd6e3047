import { NotSupportedError } from '../errors.ts';
import type { ResultReader } from './backend.ts';

/** Whether the parts of chords are counted where results are kept. Also if none are kept, which is said when chords begin. */
export function countsChords(reader: Pick<ResultReader, 'chords'> | null): boolean {
  return reader === null || reader.chords !== undefined;
}

/** Said of a store that cannot. @param url - without a password */
export function cannotCountChords(url: string): NotSupportedError {
  return new NotSupportedError(
    `the result backend '${url}' cannot count the parts of a chord; Redis, SQLite and memory:// do`,
  );
}
