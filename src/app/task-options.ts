import { refusal } from '../canvas/index.ts';
import { ConfigError } from '../errors.ts';
import type { Duration } from '../util/index.ts';
import { type AutoRetryOptions, autoRetryChecks, resolveAutoRetry } from './auto-retry.ts';
import type { TaskContext } from './context.ts';
import { type ErrorMatcher, matchers } from './error-match.ts';
import { type HooksFor, hookChecks, hooksIn } from './hooks.ts';
import { type Check, countOrNone, flag, isWhole, span, text } from './option-checks.ts';
import { type PublishOptions, publishNames, resolvePublish } from './publish-options.ts';
import type { ResolvedTaskOptions } from './resolved-options.ts';
import { type ArgsSchema, isArgsSchema } from './schema.ts';

/**
 * What may be said of a task when it is defined. What is left out is decided by the app's settings.
 * @typeParam Meta - data of the user's own.
 */
export interface TaskOptions<Meta extends object = object>
  extends AutoRetryOptions,
    PublishOptions,
    HooksFor<TaskContext<Meta>> {
  /** The whole name, in place of `<app>.<function>`; what a minified program needs. */
  readonly name?: string | undefined;
  /** Hands the task its context before its own arguments. */
  readonly bind?: boolean | undefined;
  /** The names of the parameters, for keyword arguments: `['a', 'b?']`, without the context. Read from the source if not given. */
  readonly params?: readonly string[] | undefined;
  /** false: count and names of the arguments are not held against the parameters when the task is sent. */
  readonly typing?: boolean | undefined;
  /** Anything of your own about the task: `task.meta`, also in its context. It stays in this process. */
  readonly meta?: Meta | undefined;
  /** How often the task may be run again; null: without limit. */
  readonly maxRetries?: number | null | undefined;
  /** How long `retry()` waits if it is not told. */
  readonly defaultRetryDelay?: Duration | undefined;
  readonly ignoreResult?: boolean | undefined;
  /** Store how it failed, though its results are ignored. */
  readonly storeErrorsEvenIfIgnored?: boolean | undefined;
  /** Store what `apply` comes to as a worker would. */
  readonly storeEagerResult?: boolean | undefined;
  /** Store the state STARTED, with the worker's name and process, when it begins. */
  readonly trackStarted?: boolean | undefined;
  readonly acksLate?: boolean | undefined;
  /** false: a late-acked message moves to the dead letters when its task fails. */
  readonly acksOnFailureOrTimeout?: boolean | undefined;
  /** false: a late-acked task fails when the executor it runs in dies, and is not run again. */
  readonly rejectOnWorkerLost?: boolean | undefined;
  /** Errors that are part of its work: they fail it like any other, but are logged in one line and as INFO. */
  readonly throws?: readonly ErrorMatcher[] | undefined;
  /** How many characters of its result the log shows; default 1024. */
  readonly resultreprMaxsize?: number | undefined;
  /** false: what it sends is not listed among the `children` of its result. */
  readonly trail?: boolean | undefined;
}

/** The options that decide what a task's function and its senders may have for arguments. */
export interface SchemaOption<Schema> {
  /**
   * What the arguments must be, in Standard Schema (zod, valibot, arktype, …): `[z.string(), z.number()]`, one for each
   * parameter, or one of all of them, `z.tuple([…])`. Workers hold messages against it, and the function gets its output.
   */
  readonly args: Schema;
  /** Hold the arguments against `args` also when the task is sent, before anything is sent. */
  readonly validateOnSend?: boolean | undefined;
}

/** Everything that a task may be defined with. */
export type DefinedOptions = TaskOptions & Partial<SchemaOption<ArgsSchema | undefined>>;

const checks: {
  readonly [Name in Exclude<keyof Required<DefinedOptions>, keyof PublishOptions>]: Check;
} = {
  ...autoRetryChecks,
  ...hookChecks,
  name: text,
  bind: flag,
  params: [
    'an array of names',
    (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
  ],
  args: ['a schema of Standard Schema, or an array of them', isArgsSchema],
  validateOnSend: flag,
  typing: flag,
  meta: [
    'an object',
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ],
  maxRetries: countOrNone,
  defaultRetryDelay: span,
  ignoreResult: flag,
  storeErrorsEvenIfIgnored: flag,
  storeEagerResult: flag,
  trackStarted: flag,
  acksLate: flag,
  acksOnFailureOrTimeout: flag,
  rejectOnWorkerLost: flag,
  throws: matchers,
  resultreprMaxsize: ['a whole number from 1', (value) => isWhole(value, 1)],
  trail: flag,
};

/** What Celery's tasks have and these have not yet; asked for, it is refused. */
const unsupported: ReadonlySet<string> = new Set([
  'base',
  'defaultExpires',
  'rateLimit',
  'sendEvents',
]);

/** @throws ConfigError, NotSupportedError naming the task and the option */
export function resolveTaskOptions(options: DefinedOptions): ResolvedTaskOptions {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || isPublishName(name)) continue;
    const check = Object.hasOwn(checks, name) ? checks[name as keyof typeof checks] : undefined;
    if (!check) {
      throw refusal(name, { known: [...Object.keys(checks), ...publishNames], unsupported });
    }
    const [expected, isRight] = check;
    if (!isRight(value)) {
      throw new ConfigError(`option '${name}' of a task must be ${expected}, got ${String(value)}`);
    }
  }
  const { ignoreResult, storeErrorsEvenIfIgnored, storeEagerResult } = options;
  const { trackStarted, acksLate } = options;
  const { acksOnFailureOrTimeout, rejectOnWorkerLost, params } = options;
  const { args, validateOnSend, typing } = options;
  return Object.freeze({
    bind: options.bind ?? false,
    maxRetries: options.maxRetries === undefined ? 3 : options.maxRetries,
    defaultRetryDelay: options.defaultRetryDelay ?? 180,
    autoRetry: resolveAutoRetry(options),
    hooks: hooksIn(options),
    throws: options.throws ?? [],
    resultreprMaxsize: options.resultreprMaxsize ?? 1024,
    trail: options.trail ?? true,
    meta: Object.freeze({ ...options.meta }),
    ...{ args, validateOnSend, typing },
    ...{ ignoreResult, storeErrorsEvenIfIgnored, storeEagerResult, trackStarted, acksLate },
    ...{ acksOnFailureOrTimeout, rejectOnWorkerLost, params, publish: resolvePublish(options) },
  });
}

function isPublishName(name: string): boolean {
  return publishNames.some((each) => each === name);
}
