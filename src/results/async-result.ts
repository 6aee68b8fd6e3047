import { ConfigError } from '../errors.ts';
import {
  type ExtendedMeta,
  isFinal,
  parseWireTime,
  type ResultMeta,
  type ResultTuple,
  type TaskState,
} from '../protocol/index.ts';
import type { DependencyGraph } from '../util/index.ts';
import {
  type CollectOptions,
  collect,
  type Dependency,
  graphOf,
  idsOf,
  iterdeps,
  leafOf,
  type TreeOptions,
} from './dependencies.ts';
import { endOf, given, givenNow } from './ending.ts';
import { type GetOptions, type KeepErrors, type ThrowErrors, timeoutMsOf } from './get-options.ts';
import type {
  Ending,
  Handle,
  ResultHandle,
  ResultHost,
  RevokeOptions,
  Stored,
  TaskError,
  TupleReader,
  WaitTerms,
} from './result-handle.ts';
import { revoke, revokeByStampedHeaders } from './revoking.ts';
import { StoredState, type StoredStateParts } from './stored-state.ts';

/** What a handle is made of; users get handles from `delay()`, `applyAsync()` and `app.asyncResult()`. */
export interface AsyncResultParts extends StoredStateParts {
  readonly fromTuple: TupleReader;
}

/** A handle on the result of one task. Making one opens nothing, and one that nobody waits for holds nothing. */
export class AsyncResult<Result> implements Handle {
  readonly id: string;
  /** The step before this one, when a chain was sent; a chord's header; else null. */
  readonly parent: ResultHandle | null;
  /** Whether it was sent with `ignoreResult`: then there never will be a result, and asking for it is an error. */
  readonly ignored: boolean;
  readonly #parts: AsyncResultParts;
  /** Made when it is first asked for: many handles never are. */
  #lazyState: StoredState | undefined;

  /** @throws ConfigError for what is no id */
  constructor(parts: AsyncResultParts) {
    if (typeof parts.id !== 'string' || parts.id === '') {
      throw new ConfigError(`a result needs the id of its task, got '${String(parts.id)}'`);
    }
    this.id = parts.id;
    this.parent = parts.parent;
    this.ignored = parts.options.ignored?.has(parts.id) ?? false;
    this.#parts = parts;
  }

  /**
   * Waits for the result.
   * @throws TaskFailedError, TaskRevokedError for what the task, or a step before it in its chain, ended with
   * @throws ResultTimeoutError once `timeout` has passed; the task may still finish
   * @throws BackendMissingError at once if the app stores no results
   */
  get(options: KeepErrors): Promise<Result | TaskError>;
  get(options?: ThrowErrors): Promise<Result>;
  get(options?: GetOptions): Promise<Result | TaskError>;
  async get(options: GetOptions = {}): Promise<Result | TaskError> {
    const ms = timeoutMsOf(options);
    if (options.disableSyncSubtasks !== false) this.host?.onWait?.(() => this);
    return given(this.id, await this.#state.wait(ms, options), options) as Result | TaskError;
  }

  /**
   * Calls back once the task has ended, with what `get` would give or throw, and the handle: Celery's `then`. It has
   * another name, as `await` would call a method of that one.
   * @returns what the function called returns; without `onError` it rejects with the error
   */
  async onReady<Value, Other = never>(
    callback: (value: Result, result: this) => Value | PromiseLike<Value>,
    onError?: (error: unknown, result: this) => Other | PromiseLike<Other>,
    options: Omit<ThrowErrors, 'propagate'> = {},
  ): Promise<Value | Other> {
    return this.get(options).then(
      (value) => callback(value, this),
      onError && ((error: unknown) => onError(error, this)),
    );
  }

  /** Its state now; `PENDING` also for an id that nobody knows. */
  async state(): Promise<TaskState> {
    return (await this.#state.read())?.status ?? 'PENDING';
  }

  /** The same as `state`. */
  status(): Promise<TaskState> {
    return this.state();
  }

  /** Whether anything is stored of it. */
  async exists(): Promise<boolean> {
    return (await this.#state.read()) !== undefined;
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
    const meta = await this.#state.read();
    if (!meta || !isFinal(meta.status)) return undefined;
    const { value, error } = endOf(meta);
    return error ?? (value as Result);
  }

  /** What its state carries: the result, an error, or what a task stored with a state of its own. */
  async info(): Promise<unknown> {
    const meta = await this.#state.read();
    if (!meta) return undefined;
    const { value, error } = endOf(meta);
    return error ?? value;
  }

  /**
   * What its state carries now, without waiting.
   * @throws what it failed or was revoked with, unless `propagate` is false
   */
  async maybeThrow(options: Pick<GetOptions, 'propagate' | 'callback'> = {}): Promise<unknown> {
    const meta = await this.#state.read();
    return meta && givenNow(this.id, meta, options);
  }

  /** Where it failed, as text; null if it did not. */
  async traceback(): Promise<string | null> {
    return (await this.#state.read())?.traceback ?? null;
  }

  /** When it ended; null while it runs. */
  async dateDone(): Promise<Date | null> {
    const ms = parseWireTime((await this.#state.read())?.dateDone);
    return ms === undefined ? null : new Date(ms);
  }

  /** Which task it is of, what that was called with, and where it ran; null unless stored with `resultExtended`. */
  async extended(): Promise<ExtendedMeta | null> {
    return (await this.#state.read())?.extended ?? null;
  }

  /** What the task sent while it ran, and what was sent because it succeeded. */
  async children(): Promise<readonly ResultHandle[]> {
    const { fromTuple, options } = this.#parts;
    const { reader, host } = options;
    const meta = await this.#state.read();
    return (meta?.children ?? []).map((child) => fromTuple(child, { reader, host }));
  }

  /** Deletes the stored result, and those of the steps before it. */
  async forget(): Promise<void> {
    await this.#state.forget();
    await this.parent?.forget();
  }

  /**
   * Tells all workers not to run the task, whoever of them has it or will get it. Resolves once the broker has told
   * it to those that listen now. @throws NotSupportedError if the broker cannot do that
   */
  async revoke(options?: RevokeOptions): Promise<void> {
    this.#state.reopen();
    await revoke(this.host, this.id, options);
  }

  /** The same for all tasks, not this one alone, that carry one of these values as a stamp: `{ tenant: ['acme'] }`. */
  revokeByStampedHeaders(
    headers: Readonly<Record<string, unknown>>,
    options?: RevokeOptions,
  ): Promise<void> {
    return revokeByStampedHeaders(this.host, headers, options);
  }

  /** The result and all that came of it, each with who sent it. @throws IncompleteStreamError in between */
  iterdeps(options?: TreeOptions): AsyncGenerator<Dependency, void, undefined> {
    return iterdeps(this, options);
  }

  /** The same with values, waiting for each: `for await (const [result, value] of handle.collect())`. */
  collect(
    options?: CollectOptions,
  ): AsyncGenerator<readonly [result: ResultHandle, value: unknown], void, undefined> {
    return collect(this, options);
  }

  /** The value of the last result of all that came of it. */
  getLeaf(options?: GetOptions): Promise<unknown> {
    return leafOf(this, options);
  }

  /** All that came of it as a graph, which draws itself: `toDot()`, `toMermaid()`. @throws IncompleteStreamError */
  buildGraph(options?: TreeOptions): Promise<DependencyGraph<ResultHandle>> {
    return graphOf(this, options);
  }

  /** The handle as Celery stores it; `app.resultFromTuple` makes one of it. */
  asTuple(): ResultTuple {
    return [[this.id, this.parent?.asTuple() ?? null], null];
  }

  /** Its id and those of the steps before it. */
  asList(): string[] {
    return idsOf(this);
  }

  /** Whether it is the handle of the same task, or its id. */
  equals(other: unknown): boolean {
    return other instanceof AsyncResult ? other.id === this.id : other === this.id;
  }

  toJSON(): ResultTuple {
    return this.asTuple();
  }

  toString(): string {
    return this.id;
  }

  /** @internal See `Handle`. */
  get host(): ResultHost | undefined {
    return this.#parts.options.host;
  }

  /** @internal See `Handle`. */
  get task(): string | undefined {
    return this.#parts.options.ends?.find((each) => each.id === this.id)?.task;
  }

  /** @internal See `Handle`. */
  stored(): readonly Stored[] {
    return [this.#state];
  }

  /** @internal See `Handle`. */
  ending(terms: WaitTerms): Promise<Ending> {
    return this.#state.ending(terms);
  }

  /** @internal See `Handle`. */
  failures(signal: AbortSignal): readonly Promise<ResultMeta>[] {
    return this.#state.failures(signal);
  }

  get #state(): StoredState {
    this.#lazyState ??= new StoredState(this.#parts);
    return this.#lazyState;
  }
}
