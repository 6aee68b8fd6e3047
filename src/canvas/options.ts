import type { RouteOptions } from '../config/index.ts';
import type { Duration } from '../util/index.ts';
import type { StepAfter } from './types.ts';

/** Message properties of AMQP's that mean nothing to workers; they travel along. */
export interface ExtraProperties {
  readonly appId?: string | undefined;
  readonly userId?: string | undefined;
  readonly messageId?: string | undefined;
  readonly clusterId?: string | undefined;
  readonly type?: string | undefined;
  /** Seconds since 1970. */
  readonly timestamp?: number | undefined;
}

/** How sending is tried again while the broker cannot be reached. What is left out is as the setting has it. */
export interface RetryPolicy {
  /** null: as often as fits before the deadline. */
  readonly maxRetries?: number | null | undefined;
  /** The wait before the first retry. */
  readonly intervalStart?: Duration | undefined;
  /** How much longer each wait is than the one before. */
  readonly intervalStep?: Duration | undefined;
  readonly intervalMax?: Duration | undefined;
}

/** Signatures of tasks to send next; each is given `Value` before its own arguments, unless it is immutable. */
export type Linkable<Value> = StepAfter<Value> | readonly StepAfter<Value>[];

/** What a link of a task is given: of one whose result nobody knows, whatever the link takes. */
export type Handed<Result> = unknown extends Result ? never : Result;

/**
 * What may be said about how a task is sent; kept in signatures, so it may be said before. `Result` is what
 * the task returns.
 */
export interface SignatureOptions<Result = unknown> extends RouteOptions {
  /** Start no sooner than this from the moment of sending. */
  readonly countdown?: Duration | undefined;
  /** Start no sooner than this. */
  readonly eta?: Date | undefined;
  /** The id of the task and of its result; a fresh UUID if not given. */
  readonly taskId?: string | undefined;
  /** Store no result. */
  readonly ignoreResult?: boolean | undefined;
  /** Sent once the task has succeeded, with its result. */
  readonly link?: Linkable<Result> | undefined;
  /** Sent once the task has failed, with its id. */
  readonly linkError?: Linkable<string> | undefined;
  /** Who is told of results, where they travel as messages; the app if not given. */
  readonly replyTo?: string | undefined;
  /** What logs and monitors show in place of the arguments, to keep secrets out of them. */
  readonly argsrepr?: string | undefined;
  /** The same for keyword arguments. */
  readonly kwargsrepr?: string | undefined;
  /** false: what a task sends so is not listed among the `children` of its result. */
  readonly addToParent?: boolean | undefined;
  /** More properties of the message. */
  readonly properties?: ExtraProperties | undefined;
  /** false: fail at the first trouble with the broker; `taskPublishRetry` if not given. */
  readonly retry?: boolean | undefined;
  readonly retryPolicy?: RetryPolicy | undefined;
}

/** What may be said about the sending itself. */
export interface SendOptions {
  /** Give up if the broker has not confirmed by then; `brokerSendTimeout` if not given. */
  readonly deadline?: Duration | undefined;
  /** Gives up the sending; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Keyword arguments, by parameter name. */
export type Kwargs = Readonly<Record<string, unknown>>;

/** Everything that `applyAsync` takes beside the positional arguments. */
export interface CallOptions<Result = unknown> extends SignatureOptions<Result>, SendOptions {
  readonly kwargs?: Kwargs | undefined;
}

/** Everything that `apply` takes beside the positional arguments. When it says that a task is to start is not looked at. */
export interface EagerOptions<Result = unknown> extends SignatureOptions<Result> {
  readonly kwargs?: Kwargs | undefined;
  /** Reject with the error of the first task that fails; `taskEagerPropagates` if not given. */
  readonly throw?: boolean | undefined;
}

/** Options as they stand in a signature on the wire, by Celery's names. */
export type WireOptions = Readonly<Record<string, unknown>>;

/** The headers that a task message has of itself; nobody may send others under these names. */
export const reservedHeaders: ReadonlySet<string> = new Set([
  'lang',
  'task',
  'id',
  'shadow',
  'eta',
  'expires',
  'group',
  'group_index',
  'retries',
  'timelimit',
  'root_id',
  'parent_id',
  'argsrepr',
  'kwargsrepr',
  'origin',
  'ignore_result',
  'replaced_task_nesting',
  'stamped_headers',
  'stamps',
  'compression',
]);

/** What may stand among a signature's options on the wire, and so is no name for a stamp. */
export const optionNames: ReadonlySet<string> = new Set([
  ...['task_id', 'reply_to', 'group_id', 'group_index', 'chord', 'chain', 'link', 'link_error'],
  ...['root_id', 'parent_id', 'priority', 'queue', 'exchange', 'exchange_type', 'routing_key'],
  ...['countdown', 'eta', 'expires', 'time_limit', 'soft_time_limit', 'retries', 'headers'],
  ...['serializer', 'compression', 'delivery_mode', 'add_to_parent', 'shadow', 'ignore_result'],
  ...['argsrepr', 'kwargsrepr', 'retry', 'retry_policy', 'interval', 'max_retries', 'route_name'],
  ...['app_id', 'user_id', 'message_id', 'cluster_id', 'type', 'timestamp', 'immutable'],
  ...['replaced_task_nesting', 'stamped_headers', 'stamps', 'producer', 'connection', 'publisher'],
]);

/** What may be said of a chord as a whole; header and body are both sent with it. */
export interface ChordOptions extends Omit<SignatureOptions, 'link' | 'linkError'> {
  /** For `celery.chord_unlock`, where nothing counts parts; each result store here does, so that it has no effect. */
  readonly interval?: Duration | undefined;
  /** The same: how often to look again at most. */
  readonly maxRetries?: number | null | undefined;
}
