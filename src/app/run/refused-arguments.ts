import { ArgumentsInvalidError } from '../../errors.ts';
import type { AnyTask } from '../app.ts';

/** Arguments that do not fit, told apart from the same error thrown by the task for something that it sent. */
export class ArgumentsRefused extends Error {
  readonly reason: string;
  constructor(cause: ArgumentsInvalidError) {
    super(cause.message, { cause });
    this.reason = cause.summary;
  }
}

/** The output of the task's schemas. @throws ArgumentsRefused, also as a rejection */
export function validated(
  task: AnyTask,
  bound: readonly unknown[],
): readonly unknown[] | Promise<readonly unknown[]> {
  try {
    const args = task.validateArguments(bound);
    return args instanceof Promise ? args.catch(refuse) : args;
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  throw error instanceof ArgumentsInvalidError ? new ArgumentsRefused(error) : error;
}
