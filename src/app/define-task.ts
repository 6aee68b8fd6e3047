import type { TaskContext } from './context.ts';
import type { NoMeta } from './resolved-options.ts';
import type { ArgsInput, ArgsOutput, ArgsSchema } from './schema.ts';
import type { Task, TaskOf } from './task.ts';
import type { SchemaOption, TaskOptions } from './task-options.ts';

/**
 * Makes a task of a function. With `args` senders give what the schemas take, and the function gets what they make of it.
 * @typeParam Extra - options that must be given.
 */
export interface DefineTask<Extra> {
  <const Schema extends ArgsSchema, Result, Meta extends object = NoMeta>(
    options: TaskOptions<Meta> & Extra & SchemaOption<Schema> & { readonly bind: true },
    fn: (context: TaskContext<Meta>, ...args: ArgsOutput<Schema>) => Result,
  ): Task<ArgsInput<Schema>, Awaited<Result>, Meta>;
  <const Schema extends ArgsSchema, Result, Meta extends object = NoMeta>(
    options: TaskOptions<Meta> & Extra & WithoutBind & SchemaOption<Schema>,
    fn: (...args: ArgsOutput<Schema>) => Result,
  ): Task<ArgsInput<Schema>, Awaited<Result>, Meta>;
  <Params extends unknown[], Result, Meta extends object = NoMeta>(
    options: TaskOptions<Meta> & Extra & WithoutSchema & { readonly bind: true },
    fn: (context: TaskContext<Meta>, ...args: Params) => Result,
  ): Task<Params, Awaited<Result>, Meta>;
  <Fn extends CallableFunction, Meta extends object = NoMeta>(
    options: TaskOptions<Meta> & Extra & WithoutSchema & WithoutBind,
    fn: Fn,
  ): TaskOf<Fn, Meta>;
}

interface WithoutBind {
  readonly bind?: false | undefined;
}

interface WithoutSchema {
  readonly args?: undefined;
  readonly validateOnSend?: undefined;
}

/** Makes a task of a function, with options or without. */
export interface DefineAppTask extends DefineTask<unknown> {
  <Fn extends CallableFunction>(fn: Fn): TaskOf<Fn>;
}
