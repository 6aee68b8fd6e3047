import { MaxRetriesExceededError } from '../../errors.ts';
import type { Job } from '../../pool/index.ts';
import {
  DELIVERIES_HEADER,
  decodeJson,
  parseWireTime,
  type ResultMeta,
} from '../../protocol/index.ts';
import type { Logger } from '../../util/index.ts';
import type { AnyTask, App } from '../app.ts';
import type { TaskContext, TaskRequest } from '../context.ts';
import { Retry, type RetryOptions } from '../control.ts';
import type { RunningTask } from './running-task.ts';

/** What a context is made from. */
export interface ContextParts {
  readonly task: AnyTask;
  readonly job: Job;
  readonly run: RunningTask;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly nodeName: string;
  readonly logger: Logger;
  /** Stores a state that is not final. */
  readonly store: (meta: ResultMeta) => Promise<void>;
}

/** What a bound task holds in its hand while it runs. */
export class RunContext implements TaskContext {
  readonly request: TaskRequest;
  readonly logger: Logger;
  readonly #parts: ContextParts;

  constructor(parts: ContextParts) {
    this.#parts = parts;
    this.request = readRequest(parts);
    this.logger = parts.logger;
  }

  get app(): App {
    return this.#parts.task.app;
  }

  get name(): string {
    return this.#parts.task.name;
  }

  get signal(): AbortSignal {
    return this.#parts.run.signal;
  }

  async updateState({ state, meta = null }: { state: string; meta?: unknown }): Promise<void> {
    const { id, groupId, parentId } = this.request;
    await this.#parts.store({
      taskId: id,
      status: state,
      result: meta,
      error: null,
      traceback: null,
      children: [...this.#parts.run.children],
      dateDone: null,
      groupId,
      parentId,
    });
  }

  async progress(meta: unknown): Promise<void> {
    await this.updateState({ state: 'PROGRESS', meta });
  }

  retry(options: RetryOptions = {}): Retry {
    const { task } = this.#parts;
    const limit = options.maxRetries === undefined ? task.options.maxRetries : options.maxRetries;
    if (limit === null || this.request.retries < limit) return new Retry(options);
    if (options.exc !== undefined) throw options.exc;
    throw new MaxRetriesExceededError(
      `can't retry ${task.name}[${this.request.id}]: it was tried ${this.request.retries + 1} times`,
    );
  }
}

function readRequest({ job, args, kwargs, nodeName }: ContextParts): TaskRequest {
  const headers = decodeJson(job.headersText) as Readonly<Record<string, unknown>>;
  const textOf = (name: string) => (typeof headers[name] === 'string' ? headers[name] : null);
  const numberOf = (name: string) => (typeof headers[name] === 'number' ? headers[name] : null);
  return {
    id: job.id,
    task: job.task,
    args,
    kwargs,
    retries: numberOf('retries') ?? 0,
    rootId: textOf('root_id') ?? job.id,
    parentId: textOf('parent_id'),
    groupId: textOf('group'),
    groupIndex: numberOf('group_index'),
    eta: dateOf(headers['eta']),
    expires: dateOf(headers['expires']),
    queue: job.queue,
    priority: job.priority,
    origin: textOf('origin'),
    replyTo: job.replyTo,
    correlationId: job.correlationId,
    nodeName,
    isRedelivered: headers['redelivered'] === true || (numberOf(DELIVERIES_HEADER) ?? 0) > 0,
    headers,
  };
}

function dateOf(value: unknown): Date | null {
  const ms = parseWireTime(value);
  return ms === undefined ? null : new Date(ms);
}
