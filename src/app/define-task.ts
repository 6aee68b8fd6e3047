import type { TaskContext } from './context.ts';
import type { Task, TaskOf } from './task.ts';
import type { TaskOptions } from './task-options.ts';

/**
 * Makes a task of a function.
 * @typeParam Extra - options that must be given.
 */
export interface DefineTask<Extra> {
  <Params extends unknown[], Result>(
    options: TaskOptions & Extra & { readonly bind: true },
    fn: (context: TaskContext, ...args: Params) => Result,
  ): Task<Params, Awaited<Result>>;
  <Fn extends CallableFunction>(
    options: TaskOptions & Extra & { readonly bind?: false | undefined },
    fn: Fn,
  ): TaskOf<Fn>;
}

/** Makes a task of a function, with options or without. */
export interface DefineAppTask extends DefineTask<unknown> {
  <Fn extends CallableFunction>(fn: Fn): TaskOf<Fn>;
}
