import type { ResultBackend, ResultReader } from '../backends/index.ts';
import type { CallOptions, Handed, PlanContext, PlannedTask, Sender } from '../canvas/index.ts';
import type { Settings } from '../config/index.ts';
import type { OutgoingMessage } from '../protocol/index.ts';
import type { AsyncResult } from '../results/index.ts';
import type { Millis } from '../util/index.ts';
import type { BindOptions } from './bind.ts';
import type { HooksFor } from './hooks.ts';
import type { MakeSignature } from './named-signature.ts';
import type { ResolvedTaskOptions } from './resolved-options.ts';
import type { AppSecurity } from './security/app-security.ts';

/** A task of any type: what a worker needs of it. */
export interface AnyTask<Meta extends object = object> {
  readonly app: App;
  /** What messages call it. */
  readonly name: string;
  readonly options: ResolvedTaskOptions;
  /** What was said of it as `meta`; frozen. */
  readonly meta: Readonly<Meta>;
  /** Whether every app has it. */
  readonly isShared: boolean;
  /** The same task as one of another app. */
  forApp(app: App): AnyTask<Meta>;
  /**
   * The function's arguments, without the context, from those of a message.
   * @throws TypeError that names the parameter
   */
  bindArguments(
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
    options: BindOptions,
  ): unknown[];
  /**
   * What the function gets in place of bound arguments; a promise only if a schema takes its time.
   * @throws ArgumentsInvalidError
   */
  validateArguments(bound: readonly unknown[]): readonly unknown[] | Promise<readonly unknown[]>;
  /** Calls the function here and now, with the context first if the task is bound. */
  run(...args: unknown[]): unknown;
}

/** Turns plans into messages. */
export interface Composer extends Pick<PlanContext, 'newId' | 'replyTo'> {
  /** The messages of planned tasks, with what their tasks and the settings say. Opens nothing. */
  compose(planned: readonly PlannedTask[], nowMs?: Millis): OutgoingMessage[];
}

/** What tasks and their contexts see of the app that they belong to. */
export interface App extends Sender, Composer {
  /** undefined if the app was given none. */
  readonly name: string | undefined;
  readonly settings: Settings;
  /** How its messages are signed; undefined: not at all. */
  readonly security: AppSecurity | undefined;
  /** The app's tasks by name. */
  readonly tasks: ReadonlyMap<string, AnyTask>;
  /** What is called around every task of the app, the outermost first. */
  readonly hooks: readonly HooksFor<never>[];
  /** Sends a task that lives elsewhere, by name. */
  sendTask<Result = unknown>(
    name: string,
    args?: readonly unknown[],
    options?: CallOptions<Handed<Result>>,
  ): Promise<AsyncResult<Result>>;
  /** A signature of a task that lives elsewhere, by its name, or of any kind, from JSON. */
  readonly signature: MakeSignature;
  /** The handle on a result, by the task's id. */
  asyncResult<Result = unknown>(id: string): AsyncResult<Result>;
  /** Where results are read, chords are counted and groups kept; null: results are off. */
  backend(): Promise<ResultReader | null>;
  /** The store of results, for who writes to it; null: results are off. */
  storingBackend(): Promise<ResultBackend | null>;
}
