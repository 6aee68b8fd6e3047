import { MessageInvalidError } from '../../errors.ts';
import type { Job, Outcome, RunJob } from '../../pool/index.ts';
import { decodeBody, toRemoteError } from '../../protocol/index.ts';
import type { Logger } from '../../util/index.ts';
import type { AnyTask } from '../app.ts';
import { automaticRetry } from '../auto-retry.ts';
import type { TaskHooks } from '../context.ts';
import { Ignore, Reject, Replace, Retry, type RetryOptions } from '../control.ts';
import { matchesError } from '../error-match.ts';
import { encodeResult } from '../payload-limit.ts';
import { callAfter, callBefore, hooksAround, signatureAfter } from './hook-calls.ts';
import { isStrict, readingOf, rootIdOf, wanted } from './job-facts.ts';
import { ArgumentsRefused, validated } from './refused-arguments.ts';
import { Handover, replacementBy } from './replacement.ts';
import { retryRequest } from './retry-request.ts';
import { RunContext } from './run-context.ts';
import type { RunnerParts } from './runner-parts.ts';
import { currentRun, RunningTask } from './running-task.ts';

interface Run {
  readonly job: Job;
  readonly task: AnyTask;
  readonly body: ReturnType<typeof decodeBody>;
  readonly running: RunningTask;
  readonly startedMs: number;
  /** What was thrown in the end, or what it is tried again for. */
  error: unknown;
}

type End = Pick<Outcome, 'children' | 'embed' | 'runtimeMs'>;

/** Calls task functions: from a job's texts to an outcome. Lives in executors. */
export class Runner {
  readonly #parts: RunnerParts;
  readonly #runs = new Set<RunningTask>();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Aborts the signals of all tasks that run. */
  abort(reason: string): void {
    const error = new DOMException(reason, 'AbortError');
    for (const run of this.#runs) run.abort(error);
  }

  /** Runs one job. Never throws or rejects. */
  readonly run: RunJob = (job) => {
    const startedMs = performance.now();
    const task = this.#parts.tasks.get(job.task);
    if (!task)
      return refusal(`task '${job.task}' is registered in the worker but not in its executor`);
    let body: Run['body'];
    let options: AnyTask['options'];
    try {
      body = decodeBody(job, readingOf(task));
      options = task.options;
    } catch (error) {
      return refusal(error instanceof MessageInvalidError ? error.message : String(error));
    }

    const rootOf = () => rootIdOf(job);
    const { trail, trackStarted } = options;
    const contextOf = () => this.#contextOf(run);
    const { app } = task;
    const { id, priority } = job;
    const name = job.task;
    const running = new RunningTask({ app, id, name, rootOf, contextOf, priority, trail });
    const run: Run = { job, task, body, running, startedMs, error: undefined };
    if (trackStarted ?? task.app.settings.taskTrackStarted) this.#parts.onStarted?.(job);
    const hooks = hooksAround(task);
    return hooks ? this.#callHooked(run, hooks) : this.#call(run);
  };

  #call(run: Run): Outcome | Promise<Outcome> {
    this.#runs.add(run.running);
    try {
      const value = currentRun.run(run.running, () => this.#invoke(run));
      if (!isThenable(value)) return this.#leave(run, this.#succeed(run, value));
      return Promise.resolve(value).then(
        (result) => this.#leave(run, this.#succeed(run, result)),
        (error: unknown) => this.#leave(run, this.#fail(run, error)),
      );
    } catch (error) {
      return this.#leave(run, this.#fail(run, error));
    }
  }

  /** The same with what is to be called around the function. */
  #callHooked(run: Run, hooks: readonly TaskHooks[]): Promise<Outcome> {
    this.#runs.add(run.running);
    return currentRun.run(run.running, async () => {
      const { context } = run.running;
      const entered: TaskHooks[] = [];
      const { value, outcome } = await this.#attempt(run, hooks, entered);
      // arguments that do not fit fail the task as well
      const kind = outcome.kind === 'malformed' ? 'failure' : outcome.kind;
      // a task that was told to stop has not failed: it goes back to its queue
      if (kind !== 'failure' || !run.running.isAborted) {
        const ended = { kind, value, error: run.error };
        await callAfter(entered, context, ended, (name, error) =>
          this.#hookThrew(run, name, error),
        );
      }
      return this.#leave(run, outcome);
    });
  }

  /** @param entered - gets the hooks that came to be called. */
  async #attempt(run: Run, hooks: readonly TaskHooks[], entered: TaskHooks[]) {
    try {
      await callBefore(hooks, run.running.context, entered);
      const value = await this.#invoke(run);
      return { value, outcome: this.#succeed(run, value) };
    } catch (error) {
      const thrown = error instanceof Replace ? await this.#replacing(run, error, entered) : error;
      return { value: undefined, outcome: this.#fail(run, thrown) };
    }
  }

  async #replacing(run: Run, { signature }: Replace, hooks: readonly TaskHooks[]) {
    const onThrown = (error: unknown) => this.#hookThrew(run, 'onReplace', error);
    const { context } = run.running;
    return new Replace(await signatureAfter(hooks, context, signature, onThrown));
  }

  #hookThrew({ job }: Run, name: string, error: unknown): void {
    const { type, traceback } = toRemoteError(error);
    this.#loggerOf(job).error(
      `hook '${name}' of ${job.task}[${job.id}] threw; how the task ended stays as it is: ${traceback ?? type}`,
    );
  }

  #leave(run: Run, outcome: Outcome): Outcome {
    this.#runs.delete(run.running);
    return outcome;
  }

  #invoke(run: Run): unknown {
    const { job, task, body } = run;
    const bound = task.bindArguments(body.args, body.kwargs, { strict: isStrict(job) });
    if (!task.options.args) return this.#start(run, bound);
    const args = validated(task, bound);
    return isThenable(args) ? args.then((each) => this.#start(run, each)) : this.#start(run, args);
  }

  #start({ task, running }: Run, args: readonly unknown[]): unknown {
    return task.options.bind ? task.run(running.context, ...args) : task.run(...args);
  }

  #contextOf({ job, task, body, running }: Run): RunContext {
    return new RunContext({
      task,
      job,
      run: running,
      body,
      nodeName: this.#parts.nodeName,
      isEager: this.#parts.isEager ?? false,
      logger: this.#loggerOf(job),
      store: (meta) => this.#parts.store(task, meta, job.tag),
      served: this.#parts.tasks,
      adding: this.#parts.adding,
      countsChords: this.#parts.countsChords,
    });
  }

  #loggerOf(job: Job): Logger {
    return this.#parts.logger.child({ taskName: job.task, taskId: job.id });
  }

  #succeed(run: Run, value: unknown): Outcome {
    try {
      const { jsonTypes: types, taskMaxPayload: maxBytes } = run.task.app.settings;
      const resultText =
        value === undefined
          ? 'null'
          : encodeResult('result', value, { types, taskName: run.job.task, maxBytes });
      // put together here, as spreading costs as much as the rest of a run
      const { children, embed, runtimeMs } = this.#end(run);
      return { kind: 'success', resultText, children, embed, runtimeMs };
    } catch (error) {
      return this.#failure(run, error, this.#end(run));
    }
  }

  #fail(run: Run, error: unknown): Outcome {
    const end = this.#end(run);
    if (error instanceof ArgumentsRefused) {
      run.error = error.cause;
      this.#parts.onFailure?.(run.job, error.cause);
      return { kind: 'malformed', reason: error.reason, error: toRemoteError(error.cause), ...end };
    }
    if (error instanceof Ignore) return { kind: 'ignored', ...end };
    if (error instanceof Replace || error instanceof Handover) return this.#replaced(run, error);
    if (error instanceof Reject) {
      return { kind: 'rejected', requeue: error.requeue, reason: error.reason, ...end };
    }
    const isAsked = error instanceof Retry;
    const options = isAsked ? error.options : this.#automaticRetry(run, error);
    if (!options) return this.#failure(run, error, end);
    try {
      if (isAsked) run.running.context.retry(options); // throws if there are no tries left
      const request = retryRequest(options, run.task, run, this.#parts.clock.now());
      run.error = options.exc;
      return { kind: 'retry', ...request, ...end };
    } catch (invalid) {
      return this.#failure(run, invalid, end);
    }
  }

  #replaced(run: Run, ending: Replace | Handover): Outcome {
    const end = this.#end(run);
    try {
      // what was to follow the task follows what takes its place
      return {
        kind: 'replaced',
        ...replacementBy(ending, run.running, this.#parts),
        ...end,
        embed: null,
      };
    } catch (error) {
      return this.#failure(run, error, end);
    }
  }

  #failure(run: Run, error: unknown, end: End): Outcome {
    run.error = error;
    this.#parts.onFailure?.(run.job, error);
    const { throws } = run.task.options;
    const isExpected = throws.length > 0 && this.#asked(run, () => matchesError(error, throws));
    const failure = { kind: 'failure', error: toRemoteError(error), ...end } as const;
    return isExpected ? { ...failure, isExpected } : failure;
  }

  /** What the task's options say of an error that its function threw, if there are tries left. */
  #automaticRetry(run: Run, error: unknown): RetryOptions | undefined {
    const { autoRetry } = run.task.options;
    // a task that was told to stop goes back to its queue; it did not fail of its own
    if (!autoRetry || run.running.isAborted) return undefined;
    const { random = Math.random } = this.#parts;
    const context = this.#contextOf(run);
    const { retries } = context.request;
    const retry = this.#asked(run, () => automaticRetry(error, autoRetry, { retries, random }));
    return retry && context.mayRetry(retry.maxRetries) ? retry : undefined;
  }

  /** Functions of the user's that look at an error are no reason to lose sight of it. */
  #asked<Answer>(run: Run, ask: () => Answer): Answer | undefined {
    try {
      return ask();
    } catch (error) {
      const what = toRemoteError(error);
      this.#loggerOf(run.job).error(
        `an option of task ${run.job.task} threw when it was asked about an error: ${what.traceback ?? what.type}`,
      );
      return undefined;
    }
  }

  /** What every outcome has. */
  #end(run: Run): End {
    const runtimeMs = performance.now() - run.startedMs;
    const { children } = run.running;
    return { children, embed: wanted(run.body.embed), runtimeMs };
  }
}

function refusal(reason: string): Outcome {
  return { kind: 'malformed', reason, children: [], embed: null, runtimeMs: 0 };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}
