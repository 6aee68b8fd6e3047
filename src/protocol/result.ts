import type { RemoteError } from '../errors.ts';

/** The states Celery has; tasks may store others of their own. */
export type KnownState =
  | 'PENDING'
  | 'RECEIVED'
  | 'STARTED'
  | 'SUCCESS'
  | 'FAILURE'
  | 'RETRY'
  | 'REVOKED';

/** A task's state: one of Celery's, or any text a task stored. */
export type TaskState = KnownState | (string & {});

/** A result handle as Celery writes it: `[[id, parent], children]`; children is null for a single task. */
export type ResultTuple = readonly [
  readonly [id: string, parent: ResultTuple | null],
  readonly ResultTuple[] | null,
];

/** What `result_extended` adds to a stored state: of which task it is, and where that ran. */
export interface ExtendedMeta {
  readonly name: string;
  /** null if they could not be read. */
  readonly args: unknown;
  readonly kwargs: unknown;
  /** The worker's name; null if none ran it. */
  readonly worker: string | null;
  readonly retries: number;
  /** The routing key that its message had: for most the name of a queue. */
  readonly queue: string | null;
  /** The names of its stamps, which the document has as fields of its own. */
  readonly stampedHeaders: readonly string[];
  readonly stamps: Readonly<Record<string, unknown>>;
}

/** One stored state of a task, decoded. On the wire: `protocol/D` of Celery's result documents. */
export interface ResultMeta {
  readonly taskId: string;
  readonly status: TaskState;
  /** The return value, or what the state carries; undefined for states with an error. */
  readonly result: unknown;
  /** The result as JSON text where it is known already: spliced into the document as it is. */
  readonly resultText?: string;
  /** Set for FAILURE, RETRY and REVOKED. */
  readonly error: RemoteError | null;
  readonly traceback: string | null;
  readonly children: readonly ResultTuple[];
  /** ISO text, null while it runs. */
  readonly dateDone: string | null;
  readonly groupId: string | null;
  readonly parentId: string | null;
  /** There if the document was written with `result_extended`. */
  readonly extended?: ExtendedMeta;
  /** The error itself, if the task ran in the hand of who asks; never stored. */
  readonly thrown?: unknown;
}

/** Whether a task in this state will change no more. */
export function isFinal(status: TaskState): boolean {
  return status === 'SUCCESS' || status === 'FAILURE' || status === 'REVOKED';
}

/** What a stored document says of its task: it runs on, it has ended, or it has succeeded, which nothing replaces. */
export type Finality = 'open' | 'final' | 'success';

/** What the document of a task in this state says. */
export function finalityOf(status: TaskState): Finality {
  if (status === 'SUCCESS') return 'success';
  return isFinal(status) ? 'final' : 'open';
}
