import type { Millis } from '../util/index.ts';
import type { Finality } from './result.ts';

/**
 * One result document to store and to announce to those who wait.
 * A stored SUCCESS is never overwritten, and then not announced either.
 */
export interface ResultWrite {
  /** The full key; also the name of the channel it is announced on. */
  readonly key: string;
  /** JSON text that begins with `{"status": "<STATE>"`, or what another serializer has written. */
  readonly document: string;
  /** In a Redis: whether the document is bytes, with a character for each. JSON text if not given. */
  readonly isBytes?: boolean;
  /** What it says of its task. */
  readonly finality: Finality;
  /** How long it is kept; 0 for ever. */
  readonly ttlMs: Millis;
  /** The database of a Redis server; 0 elsewhere. */
  readonly db: number;
}
