import type { ExchangeType } from '../protocol/index.ts';
import type { Duration } from '../util/index.ts';
import { custom, isRecord, type Parsed, type Setting } from './kinds.ts';

/** What a route may say about the messages that it is for. */
export interface RouteOptions {
  readonly queue?: string | undefined;
  /** Through this exchange in place of straight into a queue. */
  readonly exchange?: string | undefined;
  /** Default: that of the queue, or 'direct'. */
  readonly exchangeType?: ExchangeType | undefined;
  readonly routingKey?: string | undefined;
  /** 0 to 9, on every broker: 0 is served first, 9 last. */
  readonly priority?: number | undefined;
  /** 'json', 'yaml' or 'msgpack'. */
  readonly serializer?: string | undefined;
  /** 'gzip', 'zlib', 'brotli', from Node 22.15 on 'zstd', or 'none'. */
  readonly compression?: string | undefined;
  /** 2 or 'persistent', 1 or 'transient'; kept for those brokers that can lose messages. */
  readonly deliveryMode?: DeliveryMode | undefined;
  /** Do not start later than this: a span from the moment of sending, or an instant. */
  readonly expires?: Duration | Date | undefined;
  /** The longest that the task may run; told to the worker. */
  readonly timeLimit?: Duration | undefined;
  /** When the task is told that its time is up; no longer than `timeLimit`. */
  readonly softTimeLimit?: Duration | undefined;
  /** A name for people, shown in place of the task's. */
  readonly shadow?: string | undefined;
  /** Headers of your own; the names that Celery uses are taken. */
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
}

/** Whether a broker that can lose messages is to write this one to disk. */
export type DeliveryMode = 1 | 2 | 'transient' | 'persistent';

/** All of them. */
export const deliveryModes: readonly DeliveryMode[] = [1, 2, 'transient', 'persistent'];

/** Where messages of a task go: a queue's name, or more. */
export type RouteTarget = string | RouteOptions;

/**
 * Decides where a task's message goes; with nothing said the next router is asked.
 * @param options - what the caller and the task say; they are stronger than what is returned.
 * @param task - undefined if this program does not know it.
 */
export type RouteFunction = (
  name: string,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>>,
  task: Readonly<{ name: string }> | undefined,
) => RouteTarget | null | undefined;

/** Names of tasks, `*` and `?` standing for any characters or one, and where they go. */
export type RouteMap = Readonly<Record<string, RouteTarget>>;

/** As a `RouteMap`, in an order of its own and with regular expressions. */
export type RoutePairs = readonly (readonly [pattern: string | RegExp, target: RouteTarget])[];

/** One router: `'./routes.ts:routeTask'` names one that a module exports. */
export type Router = RouteFunction | RouteMap | string;

/** What `taskRoutes` takes: a router, several to ask in turn, or pairs. */
export type TaskRoutes = Router | RoutePairs | readonly (Router | RoutePairs[number])[];

/** Where tasks go. What is wrong with a target is found when the routes are first used. */
export function routes(help: string): Setting<TaskRoutes | null> {
  return custom({
    default: null,
    help,
    expects: "a function, an object such as { 'feed.*': 'feeds' }, a list of them, or null",
    parse: parseRoutes,
  });
}

function parseRoutes(value: unknown): Parsed<TaskRoutes | null> {
  const isRight = Array.isArray(value) ? value.every(isRouterOrPair) : isRouter(value);
  return value === null || isRight
    ? { ok: true, value: value as TaskRoutes | null }
    : { ok: false };
}

function isRouter(value: unknown): boolean {
  if (typeof value === 'string') return value !== '';
  if (typeof value === 'function') return true;
  return isRecord(value) && Object.values(value).every(isTarget);
}

function isRouterOrPair(value: unknown): boolean {
  if (!Array.isArray(value)) return isRouter(value);
  const [pattern, target, ...more] = value as unknown[];
  const isPattern = typeof pattern === 'string' || pattern instanceof RegExp;
  return isPattern && isTarget(target) && more.length === 0;
}

function isTarget(value: unknown): boolean {
  return typeof value === 'string' ? value !== '' : isRecord(value);
}
