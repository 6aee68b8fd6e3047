import {
  applyCall,
  type CallOptions,
  chunks,
  type EagerOptions,
  type Ends,
  type GroupSignature,
  type Handed,
  handleOf,
  type Immutable,
  type Kwargs,
  type LeftAfter,
  type OnlyArgument,
  type Sender,
  Signature,
  sendCall,
  xmap,
  xstarmap,
} from '../canvas/index.ts';
import { TaskInvalidError } from '../errors.ts';
import type { SignatureData } from '../protocol/index.ts';
import type { AsyncResult } from '../results/index.ts';
import { annotatedOptions } from './annotations.ts';
import type { AnyTask, App } from './app.ts';
import { type BindOptions, bindArguments } from './bind.ts';
import { declaredParameters, type Parameters, readParameters, withSchema } from './parameters.ts';
import type { NoMeta, ResolvedTaskOptions } from './resolved-options.ts';
import { type DefinedOptions, resolveTaskOptions } from './task-options.ts';
import { validateArguments } from './validate-arguments.ts';

/** A task's function, whatever it takes. */
export type TaskFunction = (...args: never[]) => unknown;

/** The task that a function becomes. Its parameters keep the types that their defaults give them. */
export type TaskOf<Fn, Meta extends object = NoMeta> = Fn extends (
  ...args: infer Params
) => infer Result
  ? Task<Params, Awaited<Result>, Meta>
  : never;

/** What a task is made of; users make tasks with `app.task()`. */
export interface TaskParts {
  /** The app it belongs to; a shared task asks for the one in use. */
  readonly app: () => App;
  readonly sender: Sender;
  readonly name: string;
  readonly fn: TaskFunction;
  /** As the task was defined. */
  readonly given: DefinedOptions;
  /** The setting of the app that it belongs to; not there for a shared task as such, which belongs to none. */
  readonly annotations?: () => unknown;
  /** Whether every app has it. */
  readonly isShared: boolean;
}

/** `applyAsync` without keywords: all arguments are needed. `apply` has `EagerOptions` in place of the others. */
export type CallParameters<
  Params extends readonly unknown[],
  Options = CallOptions,
> = [] extends Params
  ? [args?: Params, options?: Options & { readonly kwargs?: undefined }]
  : [args: Params, options?: Options & { readonly kwargs?: undefined }];

/**
 * A function that workers run. `Params` is what it is sent with, without the context, `Result` what it returns, `Meta` what
 * was said of it as `meta`.
 */
export class Task<Params extends readonly unknown[], Result, Meta extends object = NoMeta>
  implements AnyTask<Meta>
{
  /** What messages call it, such as `tut2.mult`. */
  readonly name: string;
  readonly #parts: TaskParts;
  readonly #sender: Sender;
  /** As the task was defined. */
  readonly #own: ResolvedTaskOptions;
  #options: ResolvedTaskOptions | undefined;
  #parameters: Parameters | undefined;

  /** @throws ConfigError, NotSupportedError, TaskInvalidError for options that cannot be used */
  constructor(parts: TaskParts) {
    this.name = parts.name;
    this.#parts = parts;
    this.#sender = parts.sender;
    this.#own = resolveTaskOptions(parts.given);
    if (this.#own.validateOnSend !== undefined && !this.#own.args) {
      throw new TaskInvalidError(
        `'validateOnSend' of task '${parts.name}' needs 'args', the schema to hold arguments against`,
      );
    }
    if (this.#own.params)
      this.#parameters = withSchema(declaredParameters(this.#own.params), this.#own.args);
  }

  /** The app it belongs to; of a shared task the one in use. @throws ConfigError if there is none */
  get app(): App {
    return this.#parts.app();
  }

  /** As it was defined and as the setting `taskAnnotations` has it, which is read now. @throws ConfigError */
  get options(): ResolvedTaskOptions {
    this.#options ??= this.#annotated();
    return this.#options;
  }

  /** What was said of it as `meta`; frozen. */
  get meta(): Readonly<Meta> {
    return this.options.meta as Readonly<Meta>;
  }

  /** Whether it was made with `sharedTask()`, so that every app has it. */
  get isShared(): boolean {
    return this.#parts.isShared;
  }

  /** The same task as one of another app. */
  forApp(app: App): Task<Params, Result, Meta> {
    const annotations = () => app.settings.taskAnnotations;
    return new Task({ ...this.#parts, app: () => app, sender: app, annotations });
  }

  /** A signature that binds the last parameters; the first ones may be given when it is sent, or by the step before. */
  s<Own extends Ends<Params>>(...own: Own): Signature<LeftAfter<Params, Own>, Result> {
    return new Signature(this.#signature(own, false), this.#sender);
  }

  /** A signature with all arguments, that takes nothing from the step before. */
  si(...args: Params): Signature<Immutable, Result> {
    return new Signature(this.#signature(args, true), this.#sender);
  }

  /** One message that calls it for each item, one after the other, and returns the list of what came of it. */
  map(items: Iterable<OnlyArgument<Params>>): Signature<Immutable, Result[]> {
    return xmap<Params, Result>(this, items);
  }

  /** The same with a list of arguments for each call. */
  starmap(items: Iterable<Params>): Signature<Immutable, Result[]> {
    return xstarmap<Params, Result>(this, items);
  }

  /** A group of such messages, each with `size` calls, the last one with what is left. @throws ConfigError */
  chunks(items: Iterable<Params>, size: number): GroupSignature<Immutable, Result[][]> {
    return chunks<Params, Result>(this, items, size);
  }

  /** Sends the task; the handle resolves to what it will have returned. */
  delay(...args: Params): Promise<AsyncResult<Result>> {
    return sendCall(this.#call(args)).then(handleOf<Result>);
  }

  /** Sends the task with options; with `kwargs` some or all arguments are given by parameter name. */
  applyAsync(
    ...call: CallParameters<Params, CallOptions<Handed<Result>>>
  ): Promise<AsyncResult<Result>>;
  applyAsync(
    args: Partial<Params>,
    options: CallOptions<Handed<Result>> & { readonly kwargs: Kwargs },
  ): Promise<AsyncResult<Result>>;
  async applyAsync(
    args: readonly unknown[] = [],
    options: CallOptions<Handed<Result>> = {},
  ): Promise<AsyncResult<Result>> {
    return handleOf(await sendCall(this.#call(args), options));
  }

  /**
   * Runs the task here and now, as a worker would and through the same encoding: with its hooks, its retries (at
   * once), and all that follows from it. The handle's results are here already, whatever is stored or ignored
   * elsewhere; `get()` throws a TaskFailedError whose `cause` is the error that the task threw.
   * @throws what the task throws with `throw: true`, or the setting `taskEagerPropagates`
   */
  apply(
    ...call: CallParameters<Params, EagerOptions<Handed<Result>>>
  ): Promise<AsyncResult<Result>>;
  apply(
    args: Partial<Params>,
    options: EagerOptions<Handed<Result>> & { readonly kwargs: Kwargs },
  ): Promise<AsyncResult<Result>>;
  async apply(
    args: readonly unknown[] = [],
    options: EagerOptions<Handed<Result>> = {},
  ): Promise<AsyncResult<Result>> {
    return handleOf(await applyCall(this.#call(args), options));
  }

  /** Calls the function here and now, with the context first if the task is bound. */
  run(...args: unknown[]): unknown {
    return this.#parts.fn(...(args as never[]));
  }

  bindArguments(args: readonly unknown[], kwargs: Kwargs, options: BindOptions): unknown[] {
    const target = { task: this.name, parameters: () => this.#readParameters() };
    return bindArguments(target, args, kwargs, options);
  }

  /** What the function gets in place of bound arguments: the output of the schemas; the same if it has none. */
  validateArguments(bound: readonly unknown[]): readonly unknown[] | Promise<readonly unknown[]> {
    const schema = this.#own.args;
    if (!schema) return bound;
    const nameOf = (index: number) => this.#readParameters().named[index]?.name;
    return validateArguments({ task: this.name, schema, nameOf }, bound);
  }

  #annotated(): ResolvedTaskOptions {
    const { name, given, annotations } = this.#parts;
    if (!annotations) return this.#own;
    return annotatedOptions({ name, options: this.#own }, given, annotations());
  }

  #readParameters(): Parameters {
    const { bind, args } = this.#own;
    this.#parameters ??= withSchema(readParameters(this.#parts.fn, bind), args);
    return this.#parameters;
  }

  #call(args: readonly unknown[]) {
    return { data: this.#signature(args, false), sender: this.#sender };
  }

  #signature(args: readonly unknown[], immutable: boolean): SignatureData {
    return { task: this.name, args, kwargs: {}, options: {}, subtask_type: null, immutable };
  }
}
