import type { ResultReader } from '../backends/index.ts';
import type { TaskFailedError, TaskRevokedError } from '../errors.ts';
import type { ControlCommand, ResultMeta, ResultTuple } from '../protocol/index.ts';
import type { Millis } from '../util/index.ts';
import type { GetOptions } from './get-options.ts';

/** Opens the store of results when one is first asked for; null: the app stores none. */
export type ReaderProvider = () => Promise<ResultReader | null>;

/** What handles need of their app besides its results. */
export interface ResultHost {
  /** Tells all workers. Resolves once the broker has it. */
  tell(command: ControlCommand): Promise<void>;
  /** Called when somebody begins to wait, unless that is meant to be. */
  onWait?(awaited: () => AwaitedResult): void;
}

/** What somebody waits for. */
export interface AwaitedResult {
  readonly id: string;
  /** The task's name; undefined where only the id is known. */
  readonly task: string | undefined;
}

/** What handles are made with besides their tuple. */
export interface HandleOptions {
  readonly reader: ReaderProvider;
  /** What else they need of their app; without it they can be read only. */
  readonly host?: ResultHost | undefined;
  /** The tasks of them that were sent with `ignoreResult`: of those there never will be results. */
  readonly ignored?: ReadonlySet<string> | undefined;
  /** By `performance.now()`, when this process began to send them; undefined if it did not. */
  readonly sentMs?: Millis | undefined;
  /** The tasks that end what was sent, so that their names are known. */
  readonly ends?: readonly { readonly id: string; readonly task: string }[] | undefined;
}

/** What a task ended with instead of a value. */
export type TaskError = TaskFailedError | TaskRevokedError;

/** How tasks are revoked. */
export interface RevokeOptions {
  /** Also ends those that run already. */
  readonly terminate?: boolean | undefined;
  /** The signal that ends the process such a task runs in; `SIGTERM` if not given. */
  readonly signal?: NodeJS.Signals | undefined;
}

/** A handle on the result of a task or of a group, where no more is known of it. */
export interface ResultHandle {
  readonly id: string;
  /** The step before this one, when a chain was sent; a chord's header; else null. */
  readonly parent: ResultHandle | null;
  /** Waits for the result; see `AsyncResult.get`. */
  get(options?: GetOptions): Promise<unknown>;
  /** Whether it has ended, well or not. */
  ready(): Promise<boolean>;
  successful(): Promise<boolean>;
  failed(): Promise<boolean>;
  /** What a task has sent; a group's members. */
  children(): Promise<readonly ResultHandle[]>;
  /** Deletes what is stored of it, and of the steps before it. */
  forget(): Promise<void>;
  /** Has workers not run it; see `AsyncResult.revoke`. */
  revoke(options?: RevokeOptions): Promise<void>;
  /** The handle as Celery stores it. */
  asTuple(): ResultTuple;
}

/** How somebody waits for a handle together with others. */
export interface WaitTerms {
  readonly signal: AbortSignal;
  /** Whether an error of a group's member is one of the group's. */
  readonly propagate: boolean;
  readonly followParents: boolean;
}

/** What a result has come to. */
export interface Ending {
  readonly value?: unknown;
  readonly error?: TaskError | undefined;
}

/** What is stored of one task, for who reads it together with that of others. */
export interface Stored {
  readonly id: string;
  /** undefined as long as no final state is known. */
  readonly final: ResultMeta | undefined;
  /** This was read: if it is final it is kept. */
  note(meta: ResultMeta): ResultMeta;
  /** Where it is read. @throws ResultIgnoredError, BackendMissingError */
  reader(): Promise<ResultReader>;
}

/** A handle as other handles wait for it; who uses handles calls `get`. */
export interface Handle extends ResultHandle {
  readonly host: ResultHost | undefined;
  /** The name of its task, or of its first member's, where it is known. */
  readonly task: string | undefined;
  /** Of the task, of all members of a group. */
  stored(): readonly Stored[];
  /** Resolves with what it has come to; rejects with the signal's reason, and a group's where errors are thrown. */
  ending(terms: WaitTerms): Promise<Ending>;
  /**
   * For those who wait for a later step: promises that resolve when this one, or a step before it, has ended
   * without success. They stay open otherwise, and reject with the signal's reason.
   */
  failures(signal: AbortSignal): readonly Promise<ResultMeta>[];
}

/** Makes the handle that a stored tuple stands for. */
export type TupleReader = (tuple: ResultTuple, options: HandleOptions) => Handle;
