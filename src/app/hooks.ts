import { type AnySignature, refusal, type SignatureLike } from '../canvas/index.ts';
import { ConfigError } from '../errors.ts';
import type { Check } from './option-checks.ts';

/** How a task ended, as its `after` hook is told. */
export type TaskEnding =
  | Readonly<{ state: 'SUCCESS'; result: unknown }>
  | Readonly<{ state: 'FAILURE'; error: unknown }>;

/**
 * What is called around a task's function, where the task runs and with its context, bound or not. What a hook returns
 * is awaited and not looked at. Celery has them as methods of a task's class; here they are put together: those of the
 * app, in the order of `app.use()`, lie around the task's own.
 * @typeParam Context - the task's context; left open here, as an app, a part of it, knows its hooks.
 */
export interface HooksFor<Context> {
  /** Before the function. What it throws ends the task as if the function had; Retry, Ignore and Reject too. */
  readonly before?: ((context: Context) => unknown) | undefined;
  /** The function has returned what can be stored. */
  readonly onSuccess?: ((context: Context, result: unknown) => unknown) | undefined;
  /** The task has failed and will not be tried again. */
  readonly onFailure?: ((context: Context, error: unknown) => unknown) | undefined;
  /** It will be tried again. `error`: what for, if the task said so. */
  readonly onRetry?: ((context: Context, error: unknown) => unknown) | undefined;
  /**
   * Others will run in its place. What it returns, if anything, does so instead of the signature that it is given, such as
   * the same one with a stamp.
   */
  readonly onReplace?:
    | ((context: Context, signature: AnySignature) => MaybeSignature | PromiseLike<MaybeSignature>)
    | undefined;
  /** After `onSuccess` or `onFailure`; not when it is tried again, replaced, ignored or rejected. */
  readonly after?: ((context: Context, ending: TaskEnding) => unknown) | undefined;
}

// biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing is one
type MaybeSignature = SignatureLike | void;

/** The name of a hook. */
export type HookName = keyof HooksFor<never>;

const hook: Check = ['a function', (value) => typeof value === 'function'];

/** How hooks are checked. */
export const hookChecks: { readonly [Name in HookName]: Check } = {
  before: hook,
  onSuccess: hook,
  onFailure: hook,
  onRetry: hook,
  onReplace: hook,
  after: hook,
};

/** The hooks among options. @returns null if there are none. */
export function hooksIn<Context>(options: HooksFor<Context>): HooksFor<Context> | null {
  const { before, onSuccess, onFailure, onRetry, onReplace, after } = options;
  const hooks = { before, onSuccess, onFailure, onRetry, onReplace, after };
  return Object.values(hooks).some((each) => each !== undefined) ? hooks : null;
}

/** @throws ConfigError for what are no hooks */
export function checkHooks(hooks: HooksFor<never>): void {
  for (const [name, value] of Object.entries(hooks)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(hookChecks, name)) throw refusal(name, { known: Object.keys(hookChecks) });
    if (typeof value !== 'function') {
      throw new ConfigError(`hook '${name}' must be a function, got ${String(value)}`);
    }
  }
}
