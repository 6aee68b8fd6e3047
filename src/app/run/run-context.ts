import type { ResultOf, SignatureLike, WholeSignature } from '../../canvas/index.ts';
import { MaxRetriesExceededError, NotSupportedError } from '../../errors.ts';
import type { Job } from '../../pool/index.ts';
import type { Body, ResultMeta, SignatureData } from '../../protocol/index.ts';
import type { AsyncResult } from '../../results/index.ts';
import type { Logger } from '../../util/index.ts';
import type { AnyTask, App } from '../app.ts';
import type { OnePart, TaskContext } from '../context.ts';
import { Replace, Retry, type RetryOptions } from '../control.ts';
import { encodeResult } from '../payload-limit.ts';
import { type PlanTerms, planTermsOf } from '../plan-terms.ts';
import { addingBy, addToChord, type ChordAdding } from './add-to-chord.ts';
import { isStrict } from './job-facts.ts';
import { checkReplacement } from './replacement.ts';
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
  /** How it adds to its chord; by way of its app if not given. */
  readonly adding?: (() => Promise<ChordAdding>) | undefined;
  readonly countsChords?: boolean | undefined;
  /** All tasks that its worker has. */
  readonly served: ReadonlyMap<string, AnyTask>;
  /** Whether another task calls it, which has the message. */
  readonly isInline?: boolean;
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
    if (this.#parts.isInline) {
      if (options.exc !== undefined) throw options.exc; // as in Celery
      throw this.#inlineError('retry()');
    }
    if (this.mayRetry(options.maxRetries)) return new Retry(options);
    if (options.exc !== undefined) throw options.exc;
    throw new MaxRetriesExceededError(this.request);
  }

  /** Whether there are tries left. @param limit - in place of the task's own; null: without limit. */
  mayRetry(limit: number | null = this.#parts.task.options.maxRetries): boolean {
    return limit === null || this.request.retries < limit;
  }

  replace(signature: SignatureLike): never {
    if (this.#parts.isInline) throw this.#inlineError('replace()');
    checkReplacement(signature);
    throw new Replace(signature);
  }

  async addToChord<Whole extends WholeSignature>(
    signature: Whole & OnePart<Whole>,
  ): Promise<AsyncResult<ResultOf<Whole>>> {
    const { adding = () => addingBy(this.app) } = this.#parts;
    const { memberIds } = this.#parts.run;
    const memberId = (member: SignatureData) =>
      memberIds.next(member, this.request, this.app.newId);
    return addToChord({ context: this, memberId }, signature, adding);
  }

  /** What is planned on behalf of the task, which is ours. */
  get terms(): PlanTerms {
    return planTermsOf(this.app, this.#parts);
  }

  /** All tasks that the worker has. */
  get served(): ReadonlyMap<string, AnyTask> {
    return this.#parts.served;
  }

  /** Whether no compiler has seen the call, so that missing arguments are to be refused. */
  get isStrict(): boolean {
    return isStrict(this.#parts.job);
  }

  /** For a task that is called in the course of this one: of its own it has a name, options and arguments. */
  inline(task: AnyTask, args: readonly unknown[]): RunContext {
    const body = { ...this.#parts.body, args, kwargs: {} };
    return new RunContext({ ...this.#parts, task, body, isInline: true });
  }

  #inlineError(what: string): NotSupportedError {
    const { job, task } = this.#parts;
    return new NotSupportedError(
      `task '${task.name}' is called by '${job.task}' and has no message of its own, so that it cannot ${what}; send it by itself, in a group or in chunks`,
    );
  }
}
