import type { GroupTypesOf, ReplacedBy, ResultOf, WholeSignature } from '../canvas/index.ts';
import type { ResultTuple, SignatureData } from '../protocol/index.ts';
import type { AsyncResult } from '../results/index.ts';
import type { Logger, Seconds } from '../util/index.ts';
import type { AnyTask, App } from './app.ts';
import type { Retry, RetryOptions } from './control.ts';
import type { HooksFor } from './hooks.ts';
import type { NoMeta } from './resolved-options.ts';

/** How a message came to its worker. */
export interface DeliveryInfo {
  /** Empty for a message sent straight to a queue. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly priority: number;
  /** Whether it was delivered before and its worker was lost. */
  readonly redelivered: boolean;
}

/** What is known of the message that a task runs for. Each part is read from it when first asked for. */
export interface TaskRequest {
  readonly id: string;
  /** The name the message was sent under. */
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** How often it was run again so far; 0 on the first run. */
  readonly retries: number;
  /** The task that started it all: its own id if nothing else did. */
  readonly rootId: string;
  /** The task that sent this one; null if a program did. */
  readonly parentId: string | null;
  readonly groupId: string | null;
  readonly groupIndex: number | null;
  readonly eta: Date | null;
  readonly expires: Date | null;
  /** The queue it came from. */
  readonly queue: string;
  readonly priority: number;
  readonly deliveryInfo: DeliveryInfo;
  /** Who sent it, such as `gen1234@host`. */
  readonly origin: string | null;
  readonly replyTo: string | null;
  readonly correlationId: string | null;
  /** The name of the worker that runs it, or of the machine if none does. */
  readonly nodeName: string;
  /** Whether no worker runs it but who called `apply`. */
  readonly isEager: boolean;
  /** The same as `deliveryInfo.redelivered`. */
  readonly isRedelivered: boolean;
  /** The name that logs and monitors show in place of the task's own. */
  readonly shadow: string | null;
  /** What its sender said; null if that is left to the task. */
  readonly ignoreResult: boolean | null;
  /** Seconds it may run: until it is ended, and until it is told; null for no limit. */
  readonly timelimit: readonly [hard: Seconds | null, soft: Seconds | null];
  /** What is sent once it has succeeded; null if nothing is. */
  readonly callbacks: readonly SignatureData[] | null;
  /** What is sent once it has failed; null if nothing is. */
  readonly errbacks: readonly SignatureData[] | null;
  /** The steps of its chain that are still to come, the next one last; null if it is in none. */
  readonly chain: readonly SignatureData[] | null;
  /** The body of the chord that it is a part of; null if it is in none. */
  readonly chord: SignatureData | null;
  /** The names of the stamps that it has. */
  readonly stampedHeaders: readonly string[];
  readonly stamps: Readonly<Record<string, unknown>>;
  /** How many tasks have put another in their place before this one. */
  readonly replacedTaskNesting: number;
  /** The headers that its sender added; not those that every task message has. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** What the message says besides headers and body, in Celery's spelling, such as `correlation_id`. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** What it has sent so far, as handles are stored. */
  readonly children: readonly ResultTuple[];
}

/** What a task declared with `bind: true` gets before its own arguments. */
export interface TaskContext<Meta extends object = NoMeta> {
  readonly app: App;
  /** The task that runs, with its options and its `meta`. */
  readonly task: AnyTask<Meta>;
  /** The task's name. */
  readonly name: string;
  readonly request: TaskRequest;
  /** Aborted when the task should stop: the worker shuts down and will wait no longer. */
  readonly signal: AbortSignal;
  /** Writes lines that carry the task's name and id. */
  readonly logger: Logger;
  /**
   * Stores a state of the task's own, such as `PROGRESS`, with what it carries.
   * @throws PayloadTooLargeError for what is larger than `taskMaxPayload`, EncodeError for what has no JSON form
   */
  updateState(update: { readonly state: string; readonly meta?: unknown }): Promise<void>;
  /** `updateState` with the state `PROGRESS`. */
  progress(meta: unknown): Promise<void>;
  /**
   * Prepares another try: `throw context.retry({ countdown: 5 })`.
   * @throws `exc` if given, else MaxRetriesExceededError, when no tries are left
   */
  retry(options?: RetryOptions): Retry;
  /**
   * Ends the task, and has a signature run in its place: under its id, in its chain, group and chord, with its callbacks
   * and errbacks. What that comes to is what the task comes to; of a group, the list of its results. It never returns:
   * `return context.replace(…)` says so to readers, and tells types what the task comes to.
   * @throws ConfigError for what cannot take a task's place: a part of a chord, an empty chain
   */
  replace<Whole extends WholeSignature>(signature: Whole): ReplacedBy<Whole>;
  /**
   * Sends one more task of the chord's header that this task is a part of: the chord's body waits for it, too, and gets
   * its result after those that were there.
   * @throws ConfigError if the task is in no chord, and for what is or ends in a group, which is more than one part
   */
  addToChord<Whole extends WholeSignature>(
    signature: Whole & OnePart<Whole>,
  ): Promise<AsyncResult<ResultOf<Whole>>>;
}

/** What counts as one part of a chord: all but groups and what ends in one. */
export type OnePart<Item> = [GroupTypesOf<Item>] extends [never] ? unknown : never;

/** What is called around a task's function, where the task runs. */
export type TaskHooks = HooksFor<TaskContext>;
