import { TaskInvalidError } from '../errors.ts';
import { runtime } from './runtime.ts';
import type { TaskFunction } from './task.ts';

/** What a task's name is made from. */
export interface NameParts {
  /** The name that was given, taken as it is. */
  readonly given: string | undefined;
  readonly app: string | undefined;
  readonly fn: TaskFunction;
}

/**
 * `<app>.<function>`, as in Celery's tutorial; `__main__.<function>` for an app without a name in the program itself.
 * @throws TaskInvalidError where there is no name to be had, saying how to give one
 */
export function taskName({ given, app, fn }: NameParts): string {
  if (given !== undefined) return given;
  if (typeof fn !== 'function') {
    throw new TaskInvalidError(`a task must be a function, got ${typeof fn}`);
  }
  if (fn.name === '' || fn.name === 'default') {
    throw new TaskInvalidError(
      "a task needs a name: name its function, or give app.task({ name: 'orders.pay' }, fn)",
    );
  }
  if (app !== undefined) return `${app}.${fn.name}`;
  if (!runtime().isHosted) return `__main__.${fn.name}`;
  throw new TaskInvalidError(
    `task '${fn.name}' belongs to an app without a name, and is not in the program that was started; give one: new Celery('orders')`,
  );
}

/** What a minifier leaves of a function's name. */
export function looksMinified(fn: TaskFunction): boolean {
  return fn.name.length <= 2;
}
