import type { WireOptions } from '../canvas/index.ts';
import type { Duration } from '../util/index.ts';
import type { AutoRetry } from './auto-retry.ts';
import type { ErrorMatcher } from './error-match.ts';
import type { HooksFor } from './hooks.ts';
import type { ArgsSchema } from './schema.ts';

/** The `meta` of a task that has none. */
export type NoMeta = Readonly<Record<never, never>>;

/** A task's options, checked, with the defaults that settings have no say in. */
export interface ResolvedTaskOptions {
  readonly bind: boolean;
  readonly maxRetries: number | null;
  readonly defaultRetryDelay: Duration;
  /** null: it retries only when it says so. */
  readonly autoRetry: AutoRetry | null;
  /** What is called around its function; null: nothing. */
  readonly hooks: HooksFor<never> | null;
  readonly params: readonly string[] | undefined;
  /** The schemas of its arguments. */
  readonly args: ArgsSchema | undefined;
  readonly validateOnSend: boolean | undefined;
  readonly typing: boolean | undefined;
  /** Frozen; empty if it has none. */
  readonly meta: object;
  readonly ignoreResult: boolean | undefined;
  readonly storeErrorsEvenIfIgnored: boolean | undefined;
  readonly storeEagerResult: boolean | undefined;
  readonly trackStarted: boolean | undefined;
  readonly acksLate: boolean | undefined;
  readonly acksOnFailureOrTimeout: boolean | undefined;
  readonly rejectOnWorkerLost: boolean | undefined;
  readonly throws: readonly ErrorMatcher[];
  readonly resultreprMaxsize: number;
  readonly trail: boolean;
  /** How its messages are sent, by Celery's names; undefined if nothing is said. */
  readonly publish: WireOptions | undefined;
}
