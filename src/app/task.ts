import {
  type CallOptions,
  type Ends,
  handleOf,
  type Immutable,
  type Kwargs,
  type LeftAfter,
  type Sender,
  Signature,
  sendCall,
} from '../canvas/index.ts';
import type { SignatureData } from '../protocol/index.ts';
import type { AsyncResult } from '../results/index.ts';
import type { AnyTask, App } from './app.ts';
import { type BindOptions, bindArguments } from './bind.ts';
import { declaredParameters, type Parameters, readParameters } from './parameters.ts';
import type { ResolvedTaskOptions } from './resolved-options.ts';

/** A task's function, whatever it takes. */
export type TaskFunction = (...args: never[]) => unknown;

/** The task that a function becomes. Its parameters keep the types that their defaults give them. */
export type TaskOf<Fn> = Fn extends (...args: infer Params) => infer Result
  ? Task<Params, Awaited<Result>>
  : never;

/** What a task is made of; users make tasks with `app.task()`. */
export interface TaskParts {
  /** The app it belongs to; a shared task asks for the one in use. */
  readonly app: () => App;
  readonly sender: Sender;
  readonly name: string;
  readonly fn: TaskFunction;
  readonly options: ResolvedTaskOptions;
  /** Whether every app has it. */
  readonly isShared: boolean;
}

/** `applyAsync` without keywords: all arguments are needed. */
export type CallParameters<Params extends readonly unknown[]> = [] extends Params
  ? [args?: Params, options?: CallOptions & { readonly kwargs?: undefined }]
  : [args: Params, options?: CallOptions & { readonly kwargs?: undefined }];

/** A function that workers run. `Params` are its parameters without the context, `Result` is what it returns. */
export class Task<Params extends readonly unknown[], Result> implements AnyTask {
  /** What messages call it, such as `tut2.mult`. */
  readonly name: string;
  readonly options: ResolvedTaskOptions;
  readonly #parts: TaskParts;
  readonly #sender: Sender;
  #parameters: Parameters | undefined;

  constructor(parts: TaskParts) {
    this.name = parts.name;
    this.options = parts.options;
    this.#parts = parts;
    this.#sender = parts.sender;
    if (parts.options.params) this.#parameters = declaredParameters(parts.options.params);
  }

  /** The app it belongs to; of a shared task the one in use. @throws ConfigError if there is none */
  get app(): App {
    return this.#parts.app();
  }

  /** Whether it was made with `sharedTask()`, so that every app has it. */
  get isShared(): boolean {
    return this.#parts.isShared;
  }

  /** The same task as one of another app. */
  forApp(app: App): Task<Params, Result> {
    return new Task({ ...this.#parts, app: () => app, sender: app });
  }

  /** A signature that binds the last parameters; the first ones may be given when it is sent, or by the step before. */
  s<Own extends Ends<Params>>(...own: Own): Signature<LeftAfter<Params, Own>, Result> {
    return new Signature(this.#signature(own, false), this.#sender);
  }

  /** A signature with all arguments, that takes nothing from the step before. */
  si(...args: Params): Signature<Immutable, Result> {
    return new Signature(this.#signature(args, true), this.#sender);
  }

  /** Sends the task; the handle resolves to what it will have returned. */
  delay(...args: Params): Promise<AsyncResult<Result>> {
    return sendCall(this.#call(args)).then(handleOf<Result>);
  }

  /** Sends the task with options; with `kwargs` some or all arguments are given by parameter name. */
  applyAsync(...call: CallParameters<Params>): Promise<AsyncResult<Result>>;
  applyAsync(
    args: Partial<Params>,
    options: CallOptions & { readonly kwargs: Kwargs },
  ): Promise<AsyncResult<Result>>;
  async applyAsync(
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<AsyncResult<Result>> {
    return handleOf(await sendCall(this.#call(args), options));
  }

  /** Calls the function here and now, with the context first if the task is bound. */
  run(...args: unknown[]): unknown {
    return this.#parts.fn(...(args as never[]));
  }

  bindArguments(args: readonly unknown[], kwargs: Kwargs, options: BindOptions): unknown[] {
    const target = { task: this.name, parameters: () => this.#readParameters() };
    return bindArguments(target, args, kwargs, options);
  }

  #readParameters(): Parameters {
    this.#parameters ??= readParameters(this.#parts.fn, this.options.bind);
    return this.#parameters;
  }

  #call(args: readonly unknown[]) {
    return { data: this.#signature(args, false), sender: this.#sender };
  }

  #signature(args: readonly unknown[], immutable: boolean): SignatureData {
    return { task: this.name, args, kwargs: {}, options: {}, subtask_type: null, immutable };
  }
}
