import type { ConnectionOptions, ResultFormat, ResultMeta } from '../protocol/index.ts';
import type { ResultWrite, Store } from '../transports/index.ts';
import type { Millis } from '../util/index.ts';
import type { ChordCounts, ChordStore, GroupStore, GroupWriter } from './chord-store.ts';

/** What `results/` needs of a backend; executors have this much, over their port. */
export interface ResultReader {
  /** @returns undefined for an id it never saw; Celery reports that as PENDING. */
  find(taskId: string): Promise<ResultMeta | undefined>;
  /** The same for many tasks, by the ids that were given: some hundreds are read at once. */
  findMany(taskIds: readonly string[]): Promise<ReadonlyMap<string, ResultMeta>>;
  /**
   * Resolves with the final meta, at once if it is there; rejects with `signal.reason`. Without a signal it
   * waits for ever, at less cost.
   * Subscribes first and reads then, again after each reconnect, so that nothing falls between.
   * @param sentMs - by `performance.now()`, when this process began to send the task; undefined if it did not.
   */
  wait(taskId: string, signal?: AbortSignal, sentMs?: Millis): Promise<ResultMeta>;
  /** Forgets the result. Those waiting keep waiting. */
  forget(taskId: string): Promise<void>;
  /** Where the sizes of chords are known; undefined if it cannot count. */
  readonly chords?: ChordCounts;
  /** Where groups are kept; undefined if it cannot keep any. */
  readonly groups?: GroupStore;
  /** Disconnects. Safe to call twice. */
  close(): Promise<void>;
}

/** Where results live. The worker writes, `results/` reads. No type of a client appears here. */
export interface ResultBackend extends ResultReader {
  /** Where it keeps its data; see `Transport.store`. */
  readonly store: Store;
  /** Turns a state change into a plain write, for a commit or for `apply`. Pure. */
  write(meta: ResultMeta): ResultWrite;
  /** Applies writes in one round trip. Once SUCCESS is stored for an id, later writes for it do nothing. */
  apply(writes: readonly ResultWrite[]): Promise<void>;
  /** Where the parts of chords are counted. */
  readonly chords?: ChordStore;
  readonly groups?: GroupWriter;
}

/** What a backend is opened with. */
export interface BackendOptions {
  /** How long results are kept; 0 for ever. */
  readonly expiresMs: Millis;
  readonly connectTimeoutMs: Millis;
  /** For stores that are servers. */
  readonly connection?: ConnectionOptions | undefined;
  /** What keys and channels in a server begin with; see `resultKeyprefixOf`. */
  readonly keyprefix?: string;
  /** How values are written: `plain` is the form of Celery 5.2. */
  readonly jsonTypes: ResultFormat['types'];
  /** In which serializer, and whether that is read; JSON if not given. */
  readonly format?: Omit<ResultFormat, 'types'>;
  /** Whether the parts of chords are kept in the order of their headers; they are if not given. */
  readonly isChordOrdered?: boolean;
  /** What the messages of this process carry as `reply_to`; where a worker may tell it of results. */
  readonly replyTo?: string;
}
