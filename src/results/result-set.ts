import { ConfigError } from '../errors.ts';
import type { AsyncResult } from './async-result.ts';
import type { GetOptions, KeepErrors, ThrowErrors } from './get-options.ts';
import type { GroupResult } from './group-result.ts';
import { Members } from './members.ts';
import type { Handle, RevokeOptions, TaskError } from './result-handle.ts';

/** What a set has: handles of tasks, and of groups, whose values are their lists. */
export type SetMember<Value> =
  | AsyncResult<Value>
  | (unknown extends Value
      ? GroupResult<readonly unknown[]>
      : Value extends readonly unknown[]
        ? GroupResult<Value>
        : never);

/** Results that are looked at together, whoever sent them. In the order in which they were added; none is there twice. */
export class ResultSet<Value = unknown> {
  /** By their ids, in the order in which they were added. */
  readonly #byId = new Map<string, SetMember<Value>>();
  readonly #members: Members;

  /** @throws ConfigError for what is no handle */
  constructor(results: Iterable<SetMember<Value>> = []) {
    this.update(results);
    this.#members = new Members({
      ...{ id: 'a ResultSet', parent: null, handles: () => this.results },
    });
  }

  /** The handles. */
  get results(): readonly SetMember<Value>[] {
    return [...this.#byId.values()];
  }

  get length(): number {
    return this.#byId.size;
  }

  /** Adds a result; one that is there stays. @throws ConfigError for what is no handle */
  add(result: SetMember<Value>): void {
    if (!isHandle(result)) {
      throw new ConfigError(`a ResultSet has handles of results, got ${typeof result}`);
    }
    if (!this.#byId.has(result.id)) this.#byId.set(result.id, result);
  }

  /** Adds results; those that are there stay. */
  update(results: Iterable<SetMember<Value>>): void {
    for (const each of results) this.add(each);
  }

  /** @param result - a handle, or an id. @throws ConfigError if it is not there */
  remove(result: SetMember<Value> | string): void {
    if (this.discard(result)) return;
    const id = typeof result === 'string' ? result : result.id;
    throw new ConfigError(`result '${id}' is not in the set; discard() removes what may be there`);
  }

  /** @returns whether it was there */
  discard(result: SetMember<Value> | string): boolean {
    return this.#byId.delete(typeof result === 'string' ? result : result.id);
  }

  clear(): void {
    this.#byId.clear();
  }

  /** The handles: `for (const result of set)`. */
  [Symbol.iterator](): ArrayIterator<SetMember<Value>> {
    return this.results.values();
  }

  /** `for await (const [index, value] of set)`: as `iterate()`. */
  [Symbol.asyncIterator](): AsyncGenerator<[index: number, value: Value], void, undefined> {
    return this.iterate();
  }

  /** Waits for all that are in it now, in their order; see `GroupResult.get`. */
  get(options: KeepErrors): Promise<(Value | TaskError)[]>;
  get(options?: ThrowErrors): Promise<Value[]>;
  get(options?: GetOptions): Promise<(Value | TaskError)[]>;
  async get(options: GetOptions = {}): Promise<unknown> {
    return this.#members.join(options);
  }

  /** The same as `get`. */
  join(options: KeepErrors): Promise<(Value | TaskError)[]>;
  join(options?: ThrowErrors): Promise<Value[]>;
  join(options?: GetOptions): Promise<unknown> {
    return this.get(options);
  }

  /** The same as `get`: every store here is asked for all at once. */
  joinNative(options: KeepErrors): Promise<(Value | TaskError)[]>;
  joinNative(options?: ThrowErrors): Promise<Value[]>;
  joinNative(options?: GetOptions): Promise<unknown> {
    return this.get(options);
  }

  /** Each value of those that are in it now as soon as it is there, with its place; see `GroupResult.iterate`. */
  iterate(
    options: KeepErrors,
  ): AsyncGenerator<[index: number, value: Value | TaskError], void, undefined>;
  iterate(options?: ThrowErrors): AsyncGenerator<[index: number, value: Value], void, undefined>;
  iterate(options: GetOptions = {}): AsyncGenerator<unknown, void, undefined> {
    return this.#members.iterate(options);
  }

  /** Calls back with all values once all are there; see `AsyncResult.onReady`. */
  async onReady<Returned, Other = never>(
    callback: (values: Value[], set: this) => Returned | PromiseLike<Returned>,
    onError?: (error: unknown, set: this) => Other | PromiseLike<Other>,
    options: Omit<ThrowErrors, 'propagate'> = {},
  ): Promise<Returned | Other> {
    return this.get(options).then(
      (values) => callback(values, this),
      onError && ((error: unknown) => onError(error, this)),
    );
  }

  /** Whether all have ended, well or not. */
  ready(): Promise<boolean> {
    return this.#members.ready();
  }

  /** Whether any has not ended. */
  async waiting(): Promise<boolean> {
    return !(await this.ready());
  }

  /** Whether all have succeeded. */
  successful(): Promise<boolean> {
    return this.#members.successful();
  }

  /** Whether any has failed. */
  failed(): Promise<boolean> {
    return this.#members.failed();
  }

  /** How many have succeeded. */
  completedCount(): Promise<number> {
    return this.#members.completedCount();
  }

  /** @throws what one failed or was revoked with, the first in order, without waiting for any */
  maybeThrow(options: Pick<GetOptions, 'propagate' | 'callback'> = {}): Promise<void> {
    return this.#members.maybeThrow(options);
  }

  /** Deletes their stored results, and those of the steps before each. */
  forget(): Promise<void> {
    return this.#members.forget();
  }

  /** Has workers run none of them, with one command for all that an app has sent. */
  revoke(options?: RevokeOptions): Promise<void> {
    return this.#members.revoke(options);
  }
}

function isHandle(value: unknown): value is Handle {
  return typeof value === 'object' && value !== null && 'ending' in value;
}
