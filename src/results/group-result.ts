import type { GroupStore } from '../backends/index.ts';
import { BackendMissingError, NotSupportedError } from '../errors.ts';
import type { ResultMeta, ResultTuple } from '../protocol/index.ts';
import type { AsyncResult } from './async-result.ts';
import { idsOf } from './dependencies.ts';
import type { GetOptions, KeepErrors, ThrowErrors } from './get-options.ts';
import { Members } from './members.ts';
import type {
  Ending,
  Handle,
  HandleOptions,
  ResultHandle,
  ResultHost,
  RevokeOptions,
  Stored,
  TaskError,
  WaitTerms,
} from './result-handle.ts';

/** The handles of a group's members, in the order in which they were written. */
export type MemberResults<Results extends readonly unknown[]> = {
  readonly [Index in keyof Results]: AsyncResult<Results[Index]>;
};

/** What a group's members ended with, well or not. */
export type Endings<Results extends readonly unknown[]> = {
  -readonly [Index in keyof Results]: Results[Index] | TaskError;
};

/** The place of a member with its value; of a tuple each place with its own type. */
export type Indexed<Results extends readonly unknown[]> = number extends Results['length']
  ? [index: number, value: Results[number]]
  : {
      [Place in keyof Results]: Place extends `${infer Index extends number}`
        ? [index: Index, value: Results[Place]]
        : never;
    }[number];

/** What a group's handle is made of. */
export interface GroupResultParts {
  readonly id: string;
  readonly options: HandleOptions;
  /** Asked when they are first needed: those of a chord's header mostly never are. */
  readonly members: () => readonly AsyncResult<unknown>[];
  /** The step before the group, when a chain was sent. */
  readonly parent: Handle | null;
  readonly tuple: ResultTuple;
}

/**
 * A handle on the results of a group. Groups inside of it are spread out, as they are when they are sent:
 * `results` has one handle for each task that ends a member.
 */
export class GroupResult<Results extends readonly unknown[]> implements Handle {
  readonly id: string;
  /** The step before the group, when a chain was sent; else null. */
  readonly parent: ResultHandle | null;
  readonly #parts: GroupResultParts;
  readonly #members: Members;

  constructor(parts: GroupResultParts) {
    this.id = parts.id;
    this.parent = parts.parent;
    this.#parts = parts;
    this.#members = new Members({ ...parts, handles: parts.members });
  }

  /** The handles of its members. */
  get results(): MemberResults<Results> {
    return this.#parts.members() as unknown as MemberResults<Results>;
  }

  /** How many members it has. */
  get length(): number {
    return this.#parts.members().length;
  }

  /**
   * Waits for all members. Without `propagate: false` the first member that fails ends the waiting.
   * @throws as `AsyncResult.get`; the timeout is for all of them together
   */
  get(options: KeepErrors): Promise<Endings<Results>>;
  get(options?: ThrowErrors): Promise<Results>;
  get(options?: GetOptions): Promise<Results | Endings<Results>>;
  async get(options: GetOptions = {}): Promise<unknown> {
    return this.#members.join(options);
  }

  /** The same as `get`. */
  join(options: KeepErrors): Promise<Endings<Results>>;
  join(options?: ThrowErrors): Promise<Results>;
  join(options?: GetOptions): Promise<unknown> {
    return this.get(options);
  }

  /** The same as `get`: every store here is asked for all members at once. */
  joinNative(options: KeepErrors): Promise<Endings<Results>>;
  joinNative(options?: ThrowErrors): Promise<Results>;
  joinNative(options?: GetOptions): Promise<unknown> {
    return this.get(options);
  }

  /**
   * Each member's value as soon as it is there, with its place. Whoever leaves the loop waits for nothing more.
   * @throws as `get`, when it comes to it
   */
  iterate(
    options: KeepErrors,
  ): AsyncGenerator<Indexed<Results> | [index: number, value: TaskError], void, undefined>;
  iterate(options?: ThrowErrors): AsyncGenerator<Indexed<Results>, void, undefined>;
  iterate(options: GetOptions = {}): AsyncGenerator<unknown, void, undefined> {
    return this.#members.iterate(options);
  }

  /** `for await (const [index, value] of group)`: as `iterate()`. */
  [Symbol.asyncIterator](): AsyncGenerator<Indexed<Results>, void, undefined> {
    return this.iterate();
  }

  /** The members' handles: `for (const result of group)`. */
  [Symbol.iterator](): ArrayIterator<AsyncResult<Results[number]>> {
    return (this.#parts.members() as readonly AsyncResult<Results[number]>[]).values();
  }

  /** Calls back with all values once all are there; see `AsyncResult.onReady`. */
  async onReady<Value, Other = never>(
    callback: (values: Results, group: this) => Value | PromiseLike<Value>,
    onError?: (error: unknown, group: this) => Other | PromiseLike<Other>,
    options: Omit<ThrowErrors, 'propagate'> = {},
  ): Promise<Value | Other> {
    return this.get(options).then(
      (values) => callback(values, this),
      onError && ((error: unknown) => onError(error, this)),
    );
  }

  /** Whether every member has ended, well or not. */
  ready(): Promise<boolean> {
    return this.#members.ready();
  }

  /** Whether any member has not ended. */
  async waiting(): Promise<boolean> {
    return !(await this.ready());
  }

  /** Whether every member has succeeded. */
  successful(): Promise<boolean> {
    return this.#members.successful();
  }

  /** Whether any member has failed. */
  failed(): Promise<boolean> {
    return this.#members.failed();
  }

  /** How many members have succeeded. */
  completedCount(): Promise<number> {
    return this.#members.completedCount();
  }

  /** @throws what a member failed or was revoked with, the first in order, without waiting for any */
  maybeThrow(options: Pick<GetOptions, 'propagate' | 'callback'> = {}): Promise<void> {
    return this.#members.maybeThrow(options);
  }

  /** Its members, as `results`. */
  async children(): Promise<readonly ResultHandle[]> {
    return this.#parts.members();
  }

  /** Deletes the stored results of the members, and of the steps before the group. */
  forget(): Promise<void> {
    return this.#members.forget();
  }

  /** Has workers run none of the members, with one command; see `AsyncResult.revoke`. */
  revoke(options?: RevokeOptions): Promise<void> {
    return this.#members.revoke(options);
  }

  /** Keeps what it is made of, as long as a result, so that `app.restoreGroup(id)` makes this handle again. */
  async save(): Promise<void> {
    await (await this.#store()).save(this.#parts.tuple);
  }

  /** Forgets what `save` has kept; the results stay. */
  async delete(): Promise<void> {
    await (await this.#store()).delete(this.id);
  }

  /** The handle as Celery stores it; `app.resultFromTuple` makes one of it. */
  asTuple(): ResultTuple {
    return this.#parts.tuple;
  }

  /** Its id and those of the steps before it. */
  asList(): string[] {
    return idsOf(this);
  }

  /** Whether it is a handle of the same group with the same members and steps before it, or the group's id. */
  equals(other: unknown): boolean {
    if (!(other instanceof GroupResult)) return other === this.id;
    return JSON.stringify(other.asTuple()) === JSON.stringify(this.asTuple());
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
    return this.#parts.members()[0]?.task;
  }

  /** @internal See `Handle`. */
  stored(): readonly Stored[] {
    return this.#members.stored();
  }

  /** @internal See `Handle`. */
  ending(terms: WaitTerms): Promise<Ending> {
    return this.#members.ending(terms);
  }

  /** @internal See `Handle`. */
  failures(signal: AbortSignal): readonly Promise<ResultMeta>[] {
    return this.#members.failures(signal);
  }

  async #store(): Promise<GroupStore> {
    const reader = await this.#parts.options.reader();
    if (!reader) throw new BackendMissingError();
    if (reader.groups) return reader.groups;
    throw new NotSupportedError('this result backend cannot keep groups');
  }
}
