import { MaxRetriesExceededError } from '../../errors.ts';
import type { Job } from '../../pool/index.ts';
import type { Body, ResultMeta } from '../../protocol/index.ts';
import type { Logger } from '../../util/index.ts';
import type { AnyTask, App } from '../app.ts';
import type { TaskContext } from '../context.ts';
import { Retry, type RetryOptions } from '../control.ts';
import { encodeResult } from '../payload-limit.ts';
import { extendedOf, metaOf } from './result-metas.ts';
import { RunRequest } from './run-request.ts';
import type { RunningTask } from './running-task.ts';

/** What a context is made from. */
export interface ContextParts {
  readonly task: AnyTask;
  readonly job: Job;
  readonly run: RunningTask;
  readonly body: Body;
  readonly nodeName: string;
  /** Whether no worker runs it but who called `apply`. */
  readonly isEager: boolean;
  readonly logger: Logger;
  /** Stores a state that is not final. */
  readonly store: (meta: ResultMeta) => Promise<void>;
}

/** What a bound task holds in its hand while it runs. */
export class RunContext implements TaskContext {
  readonly request: RunRequest;
  readonly logger: Logger;
  readonly #parts: ContextParts;

  constructor(parts: ContextParts) {
    this.#parts = parts;
    this.request = new RunRequest(parts);
    this.logger = parts.logger;
  }

  get app(): App {
    return this.#parts.task.app;
  }

  get task(): AnyTask {
    return this.#parts.task;
  }

  get name(): string {
    return this.#parts.task.name;
  }

  get signal(): AbortSignal {
    return this.#parts.run.signal;
  }

  async updateState({ state, meta = null }: { state: string; meta?: unknown }): Promise<void> {
    const { task, run, nodeName, store } = this.#parts;
    const children = [...run.children];
    const { jsonTypes: types, taskMaxPayload: maxBytes } = task.app.settings;
    const resultText = encodeResult('state', meta, { types, taskName: task.name, maxBytes });
    const document = metaOf(this.request, { status: state, resultText, children }, null);
    const message = this.request.asMessage();
    await store(
      task.app.settings.resultExtended
        ? { ...document, extended: extendedOf(message, this.request, nodeName) }
        : document,
    );
  }

  async progress(meta: unknown): Promise<void> {
    await this.updateState({ state: 'PROGRESS', meta });
  }

  retry(options: RetryOptions = {}): Retry {
    if (this.mayRetry(options.maxRetries)) return new Retry(options);
    if (options.exc !== undefined) throw options.exc;
    throw new MaxRetriesExceededError(this.request);
  }

  /** Whether there are tries left. @param limit - in place of the task's own; null: without limit. */
  mayRetry(limit: number | null = this.#parts.task.options.maxRetries): boolean {
    return limit === null || this.request.retries < limit;
  }
}
