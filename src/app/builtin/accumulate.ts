import { TaskFailedError } from '../../errors.ts';
import type { Builtin } from './builtin-task.ts';

/** All its arguments, or the one at `index`: the body of the chord that a group becomes in a task's place. */
export const accumulate: Builtin = {
  name: 'celery.accumulate',
  params: null,
  run({ request }, args, kwargs) {
    const all = args as readonly unknown[];
    const { index = null } = kwargs as { readonly index?: unknown };
    if (index === null) return all;
    if (typeof index !== 'number' || !Number.isInteger(index)) {
      throw new TypeError(`${request.task}() takes a whole number as 'index'`);
    }
    if (index < -all.length || index >= all.length) {
      throw pythonError(request.id, 'IndexError', 'tuple index out of range');
    }
    return all.at(index);
  },
};

/** Chains are never sent as a task, and fail here as they fail in Celery. */
export const chainTask: Builtin = {
  name: 'celery.chain',
  params: null,
  run({ request }) {
    throw pythonError(request.id, 'NotImplementedError', 'chain is not a real task');
  },
};

/** An error of Python's own, so that callers there catch what they would catch of Celery. */
function pythonError(taskId: string, type: string, message: string): TaskFailedError {
  const remote = { type, module: 'builtins', args: [message], traceback: null };
  return new TaskFailedError(taskId, remote);
}
