import type { ResultTuple } from '../protocol/index.ts';
import type { Millis } from '../util/index.ts';
import { AsyncResult } from './async-result.ts';
import { GroupResult } from './group-result.ts';
import type { ReaderProvider, ResultHandle } from './result-handle.ts';

/** What handles are made with besides their tuple. */
export interface HandleOptions {
  readonly reader: ReaderProvider;
  /** Sent with `ignoreResult`: there never will be results. */
  readonly isIgnored?: boolean;
  /** By `performance.now()`, when this process began to send them; undefined if it did not. */
  readonly sentMs?: Millis | undefined;
}

/** Makes the handle that a result tuple stands for, with those of the steps before it. */
export function resultFromTuple(tuple: ResultTuple, options: HandleOptions): ResultHandle {
  return tuple[1] === null ? taskResult(tuple, options) : groupResult(tuple, options);
}

/** The same, as a group: a single task becomes a group of one. */
export function groupResultFromTuple(
  tuple: ResultTuple,
  options: HandleOptions,
): GroupResult<readonly unknown[]> {
  return groupResult(tuple[1] === null ? [tuple[0], [tuple]] : tuple, options);
}

/** The same, as a task: what is known of a group is its id. */
export function taskResult(tuple: ResultTuple, options: HandleOptions): AsyncResult<unknown> {
  return new AsyncResult({
    id: tuple[0][0],
    parent: parentOf(tuple, options),
    reader: options.reader,
    isIgnored: options.isIgnored ?? false,
    sentMs: options.sentMs,
    fromTuple: (child) => resultFromTuple(child, { reader: options.reader }),
  });
}

function groupResult(tuple: ResultTuple, options: HandleOptions): GroupResult<readonly unknown[]> {
  const parent = parentOf(tuple, options);
  const members = leavesOf(tuple).map((member) => taskResult(member, options));
  return new GroupResult({ id: tuple[0][0], parent, members, tuple, reader: options.reader });
}

function parentOf([[, parent]]: ResultTuple, options: HandleOptions): ResultHandle | null {
  return parent && resultFromTuple(parent, options);
}

/** The tasks that end a group's members; those of a group that ends a member have that group's parent. */
function leavesOf([, children]: ResultTuple, above: ResultTuple | null = null): ResultTuple[] {
  return (children ?? []).flatMap((child): ResultTuple[] => {
    const [[id, parent], members] = child;
    return members === null ? [[[id, parent ?? above], null]] : leavesOf(child, parent ?? above);
  });
}
