import type { ResultReader } from '../backends/index.ts';
import { BackendMissingError, ResultTimeoutError } from '../errors.ts';
import { isFinal, type ResultMeta, type ResultTuple, type TaskState } from '../protocol/index.ts';
import type { AsyncResult } from './async-result.ts';
import { withDeadline } from './deadline.ts';
import { endOf } from './ending.ts';
import { type GetOptions, timeoutMsOf } from './get-options.ts';
import type { ReaderProvider, ResultHandle, TaskError } from './result-handle.ts';

/** The handles of a group's members, in the order in which they were written. */
export type MemberResults<Results extends readonly unknown[]> = {
  readonly [Index in keyof Results]: AsyncResult<Results[Index]>;
};

/** What a group's members ended with, well or not. */
export type Endings<Results extends readonly unknown[]> = {
  -readonly [Index in keyof Results]: Results[Index] | TaskError;
};

/** What a group's handle is made of. */
export interface GroupResultParts {
  readonly id: string;
  readonly reader: ReaderProvider;
  readonly members: readonly AsyncResult<unknown>[];
  /** The step before the group, when a chain was sent. */
  readonly parent: ResultHandle | null;
  readonly tuple: ResultTuple;
}

/**
 * A handle on the results of a group. Groups inside of it are spread out, as they are when they are sent:
 * `results` has one handle for each task that ends a member.
 */
export class GroupResult<Results extends readonly unknown[]> implements ResultHandle {
  readonly id: string;
  /** The step before the group, when a chain was sent; else null. */
  readonly parent: ResultHandle | null;
  readonly results: MemberResults<Results>;
  readonly #parts: GroupResultParts;

  constructor(parts: GroupResultParts) {
    this.id = parts.id;
    this.parent = parts.parent;
    this.results = parts.members as unknown as MemberResults<Results>;
    this.#parts = parts;
  }

  /**
   * Waits for all members. Without `propagate: false` the first member that fails ends the waiting.
   * @throws as `AsyncResult.get`; the timeout is for all of them together
   */
  get(options: GetOptions & { readonly propagate: false }): Promise<Endings<Results>>;
  get(options?: GetOptions & { readonly propagate?: true | undefined }): Promise<Results>;
  get(options?: GetOptions): Promise<Results | Endings<Results>>;
  async get(options: GetOptions = {}): Promise<unknown> {
    const ms = timeoutMsOf(options);
    const reader = await this.#parts.reader();
    if (!reader) throw new BackendMissingError();
    const onTimeUp = () => new ResultTimeoutError(this.id, (ms ?? 0) / 1000);
    if (ms === 0 && !(await this.ready())) throw onTimeUp();
    const timer = { ms: ms === 0 ? undefined : ms, onTimeUp, signal: options.signal };

    return withDeadline(timer, (signal) => {
      const before = this.parent?.failures(reader, signal) ?? [];
      const endings = this.#parts.members.map(async (member) => {
        const meta = await Promise.race([member.waitForChain(reader, signal), ...before]);
        const { value, error } = endOf(meta);
        if (error && options.propagate !== false) throw error;
        return error ?? value;
      });
      return Promise.all(endings);
    });
  }

  /** The same as `get`. */
  join(options: GetOptions & { readonly propagate: false }): Promise<Endings<Results>>;
  join(options?: GetOptions & { readonly propagate?: true | undefined }): Promise<Results>;
  join(options?: GetOptions): Promise<unknown> {
    return this.get(options);
  }

  /** Whether every member has ended, well or not. */
  async ready(): Promise<boolean> {
    return (await this.#states()).every(isFinal);
  }

  async successful(): Promise<boolean> {
    return (await this.#states()).every((state) => state === 'SUCCESS');
  }

  /** Whether any member has failed. */
  async failed(): Promise<boolean> {
    return (await this.#states()).some((state) => state === 'FAILURE');
  }

  /** How many members have succeeded. */
  async completedCount(): Promise<number> {
    return (await this.#states()).filter((state) => state === 'SUCCESS').length;
  }

  /** Deletes the stored results of the members, and of the steps before the group. */
  async forget(): Promise<void> {
    await Promise.all(this.#parts.members.map((member) => member.forget()));
    await this.parent?.forget();
  }

  /** The handle as Celery stores it. */
  toTuple(): ResultTuple {
    return this.#parts.tuple;
  }

  /** What came before the group only: a group is no step that another one follows. */
  failures(reader: ResultReader, signal: AbortSignal): readonly Promise<ResultMeta>[] {
    return this.parent?.failures(reader, signal) ?? [];
  }

  #states(): Promise<TaskState[]> {
    return Promise.all(this.#parts.members.map((member) => member.state()));
  }
}
