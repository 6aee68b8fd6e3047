import type { App, Malformed, Request } from '../app/index.ts';
import { type RemoteError, TaskFailedError, TaskRevokedError } from '../errors.ts';
import type { Outcome } from '../pool/index.ts';
import { decodeJson } from '../protocol/index.ts';
import type { EngineLog } from '../worker/index.ts';
import { readCall } from './read-call.ts';

/** What became of a try, in Celery's words; REJECTED is a task that went back into its queue, REPLACED one that put others in its place. */
export type RunState =
  | 'SUCCESS'
  | 'FAILURE'
  | 'RETRY'
  | 'REVOKED'
  | 'IGNORED'
  | 'REJECTED'
  | 'REPLACED';

/** One try of a task and what became of it. */
export interface TaskRun<Result = unknown> {
  readonly task: string;
  readonly id: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly queue: string;
  /** How often it had been tried before. */
  readonly retries: number;
  /** REVOKED: it came too late and was not run. A state of the task's own where that was waited for. */
  readonly state: RunState | (string & {});
  /** What it returned, as it comes out of the result store; undefined if it did not succeed. */
  readonly result: Result | undefined;
  readonly error: TaskFailedError | TaskRevokedError | undefined;
  /** Its worker was lost before this was written down, so the task is delivered again: see `duplicateNext`. */
  readonly wasLost: boolean;
}

type Writable = { -readonly [Key in keyof TaskRun]: TaskRun[Key] };

/** Notes all tries in their order; told of them by the engine. */
export class TaskRuns implements EngineLog {
  readonly #all: Writable[] = [];
  readonly #byRequest = new WeakMap<Request, Writable>();
  /** Those that are not written down yet, by the tags of their claims. */
  readonly #open = new Map<string, Writable>();
  readonly #written: Writable[] = [];
  readonly #next: EngineLog | undefined;
  readonly #app: Pick<App, 'security'>;

  /** @param next - who is told too. */
  constructor(app: Pick<App, 'security'>, next: EngineLog | undefined) {
    this.#app = app;
    this.#next = next;
  }

  get all(): readonly TaskRun[] {
    return this.#all;
  }

  /** Those whose results can be read, in the order in which they were written. */
  get written(): readonly TaskRun[] {
    return this.#written;
  }

  noteWritten(tags: readonly string[]): void {
    for (const tag of tags) {
      const run = this.#open.get(tag);
      if (run) this.#written.push(run);
      this.#open.delete(tag);
    }
  }

  received(request: Request): void {
    this.#next?.received(request);
  }

  ended(request: Request, outcome: Outcome): void {
    this.#note(request, endingOf(request.id, outcome));
    this.#next?.ended(request, outcome);
  }

  expired(request: Request): void {
    this.#note(request, { state: 'REVOKED', error: new TaskRevokedError(request.id, 'expired') });
    this.#next?.expired(request);
  }

  unknown(request: Request, dueMs: number): void {
    this.#next?.unknown(request, dueMs);
  }

  deadLettered(message: Request | Malformed, reason: string): void {
    if ('task' in message) this.#note(message, failureOf(message.id, refusalOf(reason)));
    this.#next?.deadLettered(message, reason);
  }

  claimLost(request: Request): void {
    const run = this.#byRequest.get(request);
    if (run) run.wasLost = true;
    this.#open.delete(request.tag);
    this.#next?.claimLost(request);
  }

  /** What cannot be settled as it ended is noted again, as what it is then. */
  #note(request: Request, ending: Ending): void {
    const known = this.#byRequest.get(request);
    const run = Object.assign(known ?? startOf(request, this.#app), NO_ENDING, ending);
    if (known) return;
    this.#byRequest.set(request, run);
    this.#open.set(request.tag, run);
    this.#all.push(run);
  }
}

type Ending = Pick<TaskRun, 'state'> & Partial<Pick<TaskRun, 'result' | 'error'>>;

const NO_ENDING = { result: undefined, error: undefined };

function startOf(request: Request, { security }: Pick<App, 'security'>): Writable {
  const { task, id, queue, retries } = request;
  const none = { ...NO_ENDING, state: 'FAILURE', wasLost: false };
  return {
    task,
    id,
    queue,
    retries,
    ...readCall(request.delivery, security?.accepted ?? []),
    ...none,
  };
}

function endingOf(id: string, outcome: Outcome): Ending {
  switch (outcome.kind) {
    case 'success':
      return { state: 'SUCCESS', result: decodeJson(outcome.resultText) };
    case 'failure':
      return failureOf(id, outcome.error);
    case 'retry':
      return outcome.error
        ? { state: 'RETRY', error: new TaskFailedError(id, outcome.error) }
        : { state: 'RETRY' };
    case 'ignored':
      return { state: 'IGNORED' };
    case 'replaced':
      return { state: 'REPLACED' };
    case 'rejected':
      return outcome.requeue ? { state: 'REJECTED' } : failureOf(id, refusalOf(outcome.reason));
    case 'malformed':
      return failureOf(id, outcome.error ?? refusalOf(outcome.reason));
    case 'worker-lost':
      return failureOf(id, refusalOf(outcome.reason));
  }
}

function failureOf(id: string, error: RemoteError): Ending {
  return { state: 'FAILURE', error: new TaskFailedError(id, error) };
}

function refusalOf(reason: string): RemoteError {
  return { type: 'Reject', module: 'celery.exceptions', args: [reason], traceback: null };
}
