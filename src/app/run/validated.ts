import { ArgumentsInvalidError } from '../../errors.ts';
import type { AnyTask } from '../app.ts';

/** Arguments that do not fit, told apart from the same error thrown by the task for something that it sent. */
export class MessageRefused extends Error {
  readonly reason: string;
  constructor(cause: ArgumentsInvalidError) {
    super(cause.message, { cause });
    this.reason = cause.summary;
  }
}

/** The output of the task's schemas. @throws MessageRefused, also as a rejection */
export function validated(
  task: AnyTask,
  bound: readonly unknown[],
): readonly unknown[] | Promise<readonly unknown[]> {
  try {
    const args = task.validateArguments(bound);
    return isThenable(args) ? args.then(undefined, refuse) : args;
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  throw error instanceof ArgumentsInvalidError ? new MessageRefused(error) : error;
}

/** Whether something is to be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}
