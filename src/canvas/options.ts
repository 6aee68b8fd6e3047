import { ConfigError, NotSupportedError } from '../errors.ts';
import { toWireTime } from '../protocol/index.ts';
import { type Duration, durationToMs, nearest } from '../util/index.ts';

/** What may be said about how a task is sent; kept in signatures, so it may be said before. */
export interface SignatureOptions {
  /** Start no sooner than this from the moment of sending. */
  readonly countdown?: Duration | undefined;
  /** Start no sooner than this. */
  readonly eta?: Date | undefined;
  /** Do not start later than this: a span from the moment of sending, or an instant. */
  readonly expires?: Duration | Date | undefined;
  readonly queue?: string | undefined;
  /** 0 to 9, on every broker: 0 is served first, 9 last. */
  readonly priority?: number | undefined;
  /** The id of the task and of its result; a fresh UUID if not given. */
  readonly taskId?: string | undefined;
  /** Store no result. */
  readonly ignoreResult?: boolean | undefined;
  /** Headers of your own; the names that Celery uses are taken. */
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
}

/** What may be said about the sending itself. */
export interface SendOptions {
  /** Give up if the broker has not confirmed by then; `brokerSendTimeout` if not given. */
  readonly deadline?: Duration | undefined;
  /** Gives up the sending; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Keyword arguments, by parameter name. */
export type Kwargs = Readonly<Record<string, unknown>>;

/** Everything that `applyAsync` takes beside the positional arguments. */
export interface CallOptions extends SignatureOptions, SendOptions {
  readonly kwargs?: Kwargs | undefined;
}

/** Everything that `apply` takes beside the positional arguments. When it says that a task is to start is not looked at. */
export interface EagerOptions extends SignatureOptions {
  readonly kwargs?: Kwargs | undefined;
  /** Reject with the error of the first task that fails; `taskEagerPropagates` if not given. */
  readonly throw?: boolean | undefined;
}

/** Options as they stand in a signature on the wire, by Celery's names. */
export type WireOptions = Readonly<Record<string, unknown>>;

/** The headers that a task message has of itself; nobody may send others under these names. */
export const reservedHeaders: ReadonlySet<string> = new Set([
  'lang',
  'task',
  'id',
  'shadow',
  'eta',
  'expires',
  'group',
  'group_index',
  'retries',
  'timelimit',
  'root_id',
  'parent_id',
  'argsrepr',
  'kwargsrepr',
  'origin',
  'ignore_result',
  'replaced_task_nesting',
  'stamped_headers',
  'stamps',
  'compression',
]);

type Writer = (value: unknown) => readonly [wireName: string, wireValue: unknown];

const writers: { readonly [Name in keyof Required<SignatureOptions>]: Writer } = {
  countdown: (value) => ['countdown', secondsOf('countdown', value)],
  eta: (value) => ['eta', instantOf('eta', value)],
  expires: (value) => [
    'expires',
    value instanceof Date ? instantOf('expires', value) : secondsOf('expires', value),
  ],
  queue: (value) => ['queue', nonEmpty('queue', value)],
  priority: (value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 9) {
      throw wrong('priority', 'a whole number from 0 to 9', value);
    }
    return ['priority', value];
  },
  taskId: (value) => ['task_id', nonEmpty('taskId', value)],
  ignoreResult: (value) => {
    if (typeof value !== 'boolean') throw wrong('ignoreResult', 'true or false', value);
    return ['ignore_result', value];
  },
  headers: (value) => ['headers', headersOf(value)],
};

/** What Celery has and this version has not; asked for, it is refused. */
const unsupported: ReadonlySet<string> = new Set([
  'addToParent',
  'argsrepr',
  'chord',
  'compression',
  'connection',
  'exchange',
  'kwargsrepr',
  'link',
  'linkError',
  'producer',
  'replyTo',
  'retry',
  'retryPolicy',
  'routingKey',
  'serializer',
  'shadow',
  'softTimeLimit',
  'stampedHeaders',
  'timeLimit',
]);

/** Values of unsupported options that ask for what is done anyway. */
const harmless: Readonly<Record<string, readonly unknown[]>> = {
  serializer: ['json'],
  compression: ['none', null],
};

/**
 * Checks options and writes them as Celery does in a signature. Options that are undefined count as not given.
 * @param others - names that may be there and are none of its business
 * @throws ConfigError, NotSupportedError
 */
export function toWireOptions(options: object, others: readonly string[] = []): WireOptions {
  const wire: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || others.includes(name)) continue;
    const write = Object.hasOwn(writers, name) ? writers[name as keyof typeof writers] : undefined;
    if (!write) {
      if (harmless[name]?.includes(value)) continue;
      throw refusal(name, { known: [...Object.keys(writers), ...others] });
    }
    const [wireName, wireValue] = write(value);
    wire[wireName] = wireValue;
  }
  if (wire['eta'] !== undefined && wire['countdown'] !== undefined) {
    throw new ConfigError("give either 'countdown' or 'eta': both say when the task may start");
  }
  return wire;
}

/** The error for an option that nobody knows, or that this version does not do. */
export function refusal(
  name: string,
  names: { readonly known: readonly string[]; readonly unsupported?: ReadonlySet<string> },
): ConfigError | NotSupportedError {
  const refused = new Set([...unsupported, ...(names.unsupported ?? [])]);
  const supported = [...names.known].sort().join(', ');
  if (refused.has(name)) {
    return new NotSupportedError(
      `option '${name}' is not supported yet; supported are ${supported}`,
    );
  }
  const near = nearest(name, [...names.known, ...refused]);
  const hint = near ? `; did you mean '${near}'?` : `; known are ${supported}`;
  return new ConfigError(`unknown option '${name}'${hint}`);
}

function secondsOf(name: string, value: unknown): number {
  const isDuration = typeof value === 'number' || (typeof value === 'object' && value !== null);
  const ms = isDuration && !(value instanceof Date) ? durationToMs(value as Duration) : Number.NaN;
  if (!Number.isFinite(ms)) throw wrong(name, 'seconds or units such as { minutes: 5 }', value);
  return ms / 1000;
}

function instantOf(name: string, value: unknown): string {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) {
    throw wrong(name, 'a valid Date', value);
  }
  return toWireTime(value.getTime());
}

function nonEmpty(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw wrong(name, 'a text', value);
  return value;
}

function headersOf(value: unknown): Kwargs {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong('headers', 'an object', value);
  }
  const taken = Object.keys(value).find((name) => reservedHeaders.has(name));
  if (taken !== undefined) {
    throw new ConfigError(`header '${taken}' is Celery's own; choose another name`);
  }
  return value as Kwargs;
}

function wrong(name: string, expected: string, value: unknown): ConfigError {
  return new ConfigError(`option '${name}' must be ${expected}, got ${shown(value)}`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object' || value === null || value instanceof Date) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}
