import { refusal } from '../canvas/index.ts';
import { ConfigError } from '../errors.ts';
import { type Duration, durationToMs } from '../util/index.ts';

/** What may be said of a task when it is defined. What is left out is decided by the app's settings. */
export interface TaskOptions {
  /** The whole name, in place of `<app>.<function>`; what a minified program needs. */
  readonly name?: string | undefined;
  /** Hands the task its context before its own arguments. */
  readonly bind?: boolean | undefined;
  /** The names of the parameters, for keyword arguments: `['a', 'b?']`, without the context. Read from the source if not given. */
  readonly params?: readonly string[] | undefined;
  /** How often the task may be run again; null: without limit. */
  readonly maxRetries?: number | null | undefined;
  /** How long `retry()` waits if it is not told. */
  readonly defaultRetryDelay?: Duration | undefined;
  readonly ignoreResult?: boolean | undefined;
  readonly acksLate?: boolean | undefined;
  /** The queue it is sent to. */
  readonly queue?: string | undefined;
  /** 0 to 9. */
  readonly priority?: number | undefined;
}

/** A task's options, checked, with the defaults that settings have no say in. */
export interface ResolvedTaskOptions {
  readonly bind: boolean;
  readonly maxRetries: number | null;
  readonly defaultRetryDelay: Duration;
  readonly params: readonly string[] | undefined;
  readonly ignoreResult: boolean | undefined;
  readonly acksLate: boolean | undefined;
  readonly queue: string | undefined;
  readonly priority: number | undefined;
}

type Check = readonly [expected: string, isRight: (value: unknown) => boolean];

const flag: Check = ['true or false', (value) => typeof value === 'boolean'];
const text: Check = ['a text', (value) => typeof value === 'string' && value !== ''];

const checks: { readonly [Name in keyof Required<TaskOptions>]: Check } = {
  name: text,
  bind: flag,
  params: [
    'an array of names',
    (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
  ],
  maxRetries: [
    'a whole number from 0, or null for no limit',
    (value) => value === null || (Number.isInteger(value) && Number(value) >= 0),
  ],
  defaultRetryDelay: [
    'seconds from 0 or units such as { minutes: 3 }',
    (value) => isDuration(value) && durationToMs(value) >= 0,
  ],
  ignoreResult: flag,
  acksLate: flag,
  queue: text,
  priority: [
    'a whole number from 0 to 9',
    (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 9,
  ],
};

/** What Celery's tasks have and these have not yet; asked for, it is refused. */
const unsupported: ReadonlySet<string> = new Set([
  'acksOnFailureOrTimeout',
  'autoretryFor',
  'base',
  'defaultExpires',
  'dontAutoretryFor',
  'expires',
  'rateLimit',
  'rejectOnWorkerLost',
  'resultreprMaxsize',
  'retryBackoff',
  'retryBackoffMax',
  'retryJitter',
  'retryKwargs',
  'sendEvents',
  'storeErrorsEvenIfIgnored',
  'throws',
  'trackStarted',
  'typing',
]);

/** @throws ConfigError, NotSupportedError naming the task and the option */
export function resolveTaskOptions(options: TaskOptions): ResolvedTaskOptions {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const check = Object.hasOwn(checks, name) ? checks[name as keyof typeof checks] : undefined;
    if (!check) throw refusal(name, { known: Object.keys(checks), unsupported });
    const [expected, isRight] = check;
    if (!isRight(value)) {
      throw new ConfigError(`option '${name}' of a task must be ${expected}, got ${String(value)}`);
    }
  }
  return Object.freeze({
    bind: options.bind ?? false,
    maxRetries: options.maxRetries === undefined ? 3 : options.maxRetries,
    defaultRetryDelay: options.defaultRetryDelay ?? 180,
    params: options.params,
    ignoreResult: options.ignoreResult,
    acksLate: options.acksLate,
    queue: options.queue,
    priority: options.priority,
  });
}

function isDuration(value: unknown): value is Duration {
  return typeof value === 'number' || (typeof value === 'object' && value !== null);
}
