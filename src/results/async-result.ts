import type { ResultReader } from '../backends/index.ts';
import { BackendMissingError, ResultIgnoredError, ResultTimeoutError } from '../errors.ts';
import {
  type ExtendedMeta,
  isFinal,
  parseWireTime,
  type ResultMeta,
  type ResultTuple,
  type TaskState,
} from '../protocol/index.ts';
import type { Millis } from '../util/index.ts';
import { withDeadline } from './deadline.ts';
import { endOf } from './ending.ts';
import { type GetOptions, timeoutMsOf } from './get-options.ts';
import type { ReaderProvider, ResultHandle, TaskError, TupleReader } from './result-handle.ts';

/** What a handle is made of; users get handles from `delay()`, `applyAsync()` and `app.asyncResult()`. */
export interface AsyncResultParts {
  readonly id: string;
  readonly reader: ReaderProvider;
  readonly fromTuple: TupleReader;
  readonly parent: ResultHandle | null;
  /** Sent with `ignoreResult`: there never will be a result. */
  readonly isIgnored: boolean;
  /** See `HandleOptions.sentMs`. */
  readonly sentMs: Millis | undefined;
}

/** A handle on the result of one task. Making one opens nothing. */
export class AsyncResult<Result> implements ResultHandle {
  readonly id: string;
  /** The step before this one, when a chain was sent; else null. */
  readonly parent: ResultHandle | null;
  readonly #parts: AsyncResultParts;
  /** A final state changes no more, so it is read once. */
  #final: ResultMeta | undefined;

  constructor(parts: AsyncResultParts) {
    this.id = parts.id;
    this.parent = parts.parent;
    this.#parts = parts;
  }

  /**
   * Waits for the result.
   * @throws TaskFailedError, TaskRevokedError for what the task, or a step before it in its chain, ended with
   * @throws ResultTimeoutError once `timeout` has passed; the task may still finish
   * @throws BackendMissingError at once if the app stores no results
   */
  get(options: GetOptions & { readonly propagate: false }): Promise<Result | TaskError>;
  get(options?: GetOptions & { readonly propagate?: true | undefined }): Promise<Result>;
  get(options?: GetOptions): Promise<Result | TaskError>;
  async get(options: GetOptions = {}): Promise<Result | TaskError> {
    const ms = timeoutMsOf(options);
    const reader = await this.#reader();
    const { value, error } = endOf(await this.#wait(reader, ms, options.signal));
    if (!error) return value as Result;
    if (options.propagate === false) return error;
    throw error;
  }

  /** Its state now; `PENDING` also for an id that nobody knows. */
  async state(): Promise<TaskState> {
    return (await this.#read())?.status ?? 'PENDING';
  }

  /** Whether it has ended, well or not. */
  async ready(): Promise<boolean> {
    return isFinal(await this.state());
  }

  async successful(): Promise<boolean> {
    return (await this.state()) === 'SUCCESS';
  }

  async failed(): Promise<boolean> {
    return (await this.state()) === 'FAILURE';
  }

  /** What it returned or the error it ended with; undefined while it runs. */
  async result(): Promise<Result | TaskError | undefined> {
    const meta = await this.#read();
    if (!meta || !isFinal(meta.status)) return undefined;
    const { value, error } = endOf(meta);
    return error ?? (value as Result);
  }

  /** What its state carries: the result, an error, or what a task stored with a state of its own. */
  async info(): Promise<unknown> {
    const meta = await this.#read();
    if (!meta) return undefined;
    const { value, error } = endOf(meta);
    return error ?? value;
  }

  /** Where it failed, as text; null if it did not. */
  async traceback(): Promise<string | null> {
    return (await this.#read())?.traceback ?? null;
  }

  /** When it ended; null while it runs. */
  async dateDone(): Promise<Date | null> {
    const ms = parseWireTime((await this.#read())?.dateDone);
    return ms === undefined ? null : new Date(ms);
  }

  /** Which task it is of, what that was called with, and where it ran; null unless stored with `resultExtended`. */
  async extended(): Promise<ExtendedMeta | null> {
    return (await this.#read())?.extended ?? null;
  }

  /** What the task sent while it ran, and what was sent because it succeeded. */
  async children(): Promise<readonly ResultHandle[]> {
    const meta = await this.#read();
    return (meta?.children ?? []).map(this.#parts.fromTuple);
  }

  /** Deletes the stored result, and those of the steps before it. */
  async forget(): Promise<void> {
    const reader = await this.#reader();
    this.#final = undefined;
    await reader.forget(this.id);
    await this.parent?.forget();
  }

  /** The handle as Celery stores it. */
  toTuple(): ResultTuple {
    return [[this.id, this.parent?.toTuple() ?? null], null];
  }

  /**
   * Resolves with the final state of this task, or of a step before it that did not succeed: then this task
   * never runs, and who revoked or expired that step may have told nobody else. For `get` and for groups.
   */
  waitForChain(reader: ResultReader, signal: AbortSignal): Promise<ResultMeta> {
    const own = this.#settled(reader, signal);
    return this.parent ? Promise.race([own, ...this.parent.failures(reader, signal)]) : own;
  }

  failures(reader: ResultReader, signal: AbortSignal): readonly Promise<ResultMeta>[] {
    const failure = this.#settled(reader, signal).then((meta) =>
      meta.status === 'SUCCESS' ? new Promise<never>(() => {}) : meta,
    );
    return [failure, ...(this.parent?.failures(reader, signal) ?? [])];
  }

  #wait(
    reader: ResultReader,
    ms: Millis | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ResultMeta> {
    const onTimeUp = () => new ResultTimeoutError(this.id, (ms ?? 0) / 1000);
    if (ms === 0) return this.#findFinal(onTimeUp);
    // nothing can end the waiting, and no other waiting has to be ended with it
    if (ms === undefined && !signal && !this.parent) return this.#settled(reader);
    return withDeadline({ ms, onTimeUp, signal }, (each) => this.waitForChain(reader, each));
  }

  async #settled(reader: ResultReader, signal?: AbortSignal): Promise<ResultMeta> {
    this.#final ??= await reader.wait(this.id, signal, this.#parts.sentMs);
    return this.#final;
  }

  async #findFinal(onTimeUp: () => Error): Promise<ResultMeta> {
    const meta = await this.#read();
    if (!meta || !isFinal(meta.status)) throw onTimeUp();
    return meta;
  }

  async #read(): Promise<ResultMeta | undefined> {
    const reader = await this.#reader();
    if (this.#final) return this.#final;
    const meta = await reader.find(this.id);
    if (meta && isFinal(meta.status)) this.#final = meta;
    return meta;
  }

  async #reader(): Promise<ResultReader> {
    if (this.#parts.isIgnored) throw new ResultIgnoredError(this.id);
    const reader = await this.#parts.reader();
    if (!reader) throw new BackendMissingError();
    return reader;
  }
}
