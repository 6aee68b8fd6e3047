import type { ResultTuple } from '../protocol/index.ts';
import { AsyncResult } from './async-result.ts';
import { GroupResult } from './group-result.ts';
import type { Handle, HandleOptions } from './result-handle.ts';

/** Makes the handle that a result tuple stands for, with those of the steps before it. */
export function resultFromTuple(
  tuple: ResultTuple,
  options: HandleOptions,
): AsyncResult<unknown> | GroupResult<readonly unknown[]> {
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
  const parent = parentOf(tuple, options);
  return new AsyncResult({ id: tuple[0][0], parent, options, fromTuple: resultFromTuple });
}

function groupResult(tuple: ResultTuple, options: HandleOptions): GroupResult<readonly unknown[]> {
  const parent = parentOf(tuple, options);
  let made: readonly AsyncResult<unknown>[] | undefined;
  return new GroupResult({
    ...{ id: tuple[0][0], parent, tuple, options },
    members: () => {
      made ??= leavesOf(tuple).map((member) => taskResult(member, options));
      return made;
    },
  });
}

function parentOf([[, parent]]: ResultTuple, options: HandleOptions): Handle | null {
  return parent && resultFromTuple(parent, options);
}

/** The tasks that end a group's members; those of a group that ends a member have that group's parent. */
function leavesOf([, children]: ResultTuple, above: ResultTuple | null = null): ResultTuple[] {
  return (children ?? []).flatMap((child): ResultTuple[] => {
    const [[id, parent], members] = child;
    return members === null ? [[[id, parent ?? above], null]] : leavesOf(child, parent ?? above);
  });
}
