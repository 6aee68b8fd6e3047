import type { ResultReader } from '../backends/index.ts';
import type { TaskFailedError, TaskRevokedError } from '../errors.ts';
import type { ResultMeta, ResultTuple } from '../protocol/index.ts';
import type { GetOptions } from './get-options.ts';

/** Opens the store of results when one is first asked for; null: the app stores none. */
export type ReaderProvider = () => Promise<ResultReader | null>;

/** What a task ended with instead of a value. */
export type TaskError = TaskFailedError | TaskRevokedError;

/** A handle on the result of a task or of a group, where no more is known of it. */
export interface ResultHandle {
  readonly id: string;
  /** The step before this one, when a chain was sent; else null. */
  readonly parent: ResultHandle | null;
  /** Waits for the result; see `AsyncResult.get`. */
  get(options?: GetOptions): Promise<unknown>;
  /** Whether it has ended, well or not. */
  ready(): Promise<boolean>;
  successful(): Promise<boolean>;
  failed(): Promise<boolean>;
  /** Deletes what is stored of it, and of the steps before it. */
  forget(): Promise<void>;
  /** The handle as Celery stores it. */
  toTuple(): ResultTuple;
  /**
   * For those who wait for a later step: promises that resolve when this one, or a step before it, has ended
   * without success. They stay open otherwise, and reject with the signal's reason.
   */
  failures(reader: ResultReader, signal: AbortSignal): readonly Promise<ResultMeta>[];
}

/** Makes the handle that a stored tuple stands for. */
export type TupleReader = (tuple: ResultTuple) => ResultHandle;
