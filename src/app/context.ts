import type { Logger } from '../util/index.ts';
import type { App } from './app.ts';
import type { Retry, RetryOptions } from './control.ts';

/** What is known of the message that a task runs for. */
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
  /** Who sent it, such as `gen1234@host`. */
  readonly origin: string | null;
  readonly replyTo: string | null;
  readonly correlationId: string | null;
  /** The name of the worker that runs it. */
  readonly nodeName: string;
  /** Whether it was delivered before and its worker was lost. */
  readonly isRedelivered: boolean;
  /** Every header of the message, as sent. */
  readonly headers: Readonly<Record<string, unknown>>;
}

/** What a task declared with `bind: true` gets before its own arguments. */
export interface TaskContext {
  readonly app: App;
  /** The task's name. */
  readonly name: string;
  readonly request: TaskRequest;
  /** Aborted when the task should stop: the worker shuts down and will wait no longer. */
  readonly signal: AbortSignal;
  /** Writes lines that carry the task's name and id. */
  readonly logger: Logger;
  /** Stores a state of the task's own, such as `PROGRESS`, with what it carries. */
  updateState(update: { readonly state: string; readonly meta?: unknown }): Promise<void>;
  /** `updateState` with the state `PROGRESS`. */
  progress(meta: unknown): Promise<void>;
  /**
   * Prepares another try: `throw context.retry({ countdown: 5 })`.
   * @throws `exc` if given, else MaxRetriesExceededError, when no tries are left
   */
  retry(options?: RetryOptions): Retry;
}
