import { BackendMissingError, NotSupportedError } from '../errors.ts';
import { parseResultTuple } from '../protocol/index.ts';
import {
  type AsyncResult,
  type GroupResult,
  groupResultFromTuple,
  type HandleOptions,
  resultFromTuple,
  taskResult,
} from '../results/index.ts';

/** The handle of a task or of a group, where nobody knows which. */
export type AnyResult = AsyncResult<unknown> | GroupResult<readonly unknown[]>;

/** Makes handles of what is known of results: ids, tuples, groups that were kept. */
export class ResultHandles {
  readonly #options: () => HandleOptions;

  /** @param options - what all of them have. */
  constructor(options: () => HandleOptions) {
    this.#options = options;
  }

  /** @throws ConfigError for what is no id */
  ofTask<Result>(id: string): AsyncResult<Result> {
    return taskResult([[id, null], null], this.#options()) as AsyncResult<Result>;
  }

  /** @throws DecodeError for what is no tuple */
  fromTuple(tuple: unknown): AnyResult {
    return resultFromTuple(parseResultTuple(tuple), this.#options());
  }

  /** @returns undefined if there is no group of that id */
  async restoreGroup<Results extends readonly unknown[]>(
    id: string,
  ): Promise<GroupResult<Results> | undefined> {
    const options = this.#options();
    const reader = await options.reader();
    if (!reader) throw new BackendMissingError();
    if (!reader.groups) throw new NotSupportedError('this result backend cannot keep groups');
    const tuple = await reader.groups.find(id);
    return tuple && (groupResultFromTuple(tuple, options) as unknown as GroupResult<Results>);
  }
}
