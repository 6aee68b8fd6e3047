import { refusal, toWireOptions, type WireOptions } from '../../canvas/index.ts';
import {
  camelCased,
  type RouteFunction,
  type RouteOptions,
  type RouteTarget,
  type TaskRoutes,
} from '../../config/index.ts';
import { ConfigError } from '../../errors.ts';
import { globbed } from '../../util/index.ts';
import { loadConfigModule } from '../load-module.ts';
import { parseModuleSpec } from '../module-file.ts';

/** The call that a route is looked for. */
export interface RoutedCall {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** What caller and task say, by Celery's names. */
  readonly options: WireOptions;
  readonly task: Readonly<{ name: string }> | undefined;
}

/** Asks one router. @returns undefined if it has nothing to say of the call */
export type RouteLookup = (call: RoutedCall) => WireOptions | undefined;

/**
 * The routers of `taskRoutes`, to be asked in turn. Source: `prepare` and `MapRoute` in Celery's `app/routes.py`.
 * @throws ConfigError for a route that says what no route can; ModuleLoadError
 */
export function compileRoutes(routes: TaskRoutes | null): readonly RouteLookup[] {
  if (routes === null) return [];
  if (!isList(routes)) return [compileRouter(routes)];
  const lookups: RouteLookup[] = [];
  let pairs: Pair[] = [];
  const endPairs = () => {
    if (pairs.length > 0) lookups.push(compilePairs(pairs));
    pairs = [];
  };
  for (const each of routes) {
    if (isList(each) && isPair(each)) pairs.push(each);
    else {
      endPairs();
      lookups.push(isList(each) ? compilePairs(each as readonly Pair[]) : compileRouter(each));
    }
  }
  endPairs();
  return lookups;
}

type Pair = readonly [pattern: string | RegExp, target: RouteTarget];

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isPair(list: readonly unknown[]): list is Pair {
  return list.length === 2 && !Array.isArray(list[0]);
}

function compileRouter(router: unknown): RouteLookup {
  if (typeof router === 'string') return compileRouter(exportOf(router));
  if (typeof router === 'function') return compileFunction(router as RouteFunction);
  return compilePairs(Object.entries(router as Readonly<Record<string, RouteTarget>>));
}

/** What a module exports under the name behind the `:`, or by default. */
function exportOf(spec: string): unknown {
  const { attribute = 'default' } = parseModuleSpec(spec);
  const exported = loadConfigModule(spec)[attribute];
  const isRouter = typeof exported === 'function' || (typeof exported === 'object' && exported);
  if (isRouter && !isList(exported)) return exported;
  throw new ConfigError(
    `'taskRoutes' names '${spec}', whose export '${attribute}' is no router; export a function or an object, and name it as in './routes.ts:routeTask'`,
  );
}

function compileFunction(route: RouteFunction): RouteLookup {
  return ({ name, args, kwargs, options, task }) => {
    const given = Object.entries(options).map(([key, value]) => [camelCased(key), value]);
    const target: unknown = route(name, args, kwargs, Object.fromEntries(given), task);
    if (target === undefined || target === null) return undefined;
    if (typeof target === 'string' || (typeof target === 'object' && !isList(target))) {
      return targetOf(target, `the router '${route.name || 'taskRoutes'}'`);
    }
    throw new ConfigError(
      `the router '${route.name || 'taskRoutes'}' must return a queue's name, an object or nothing, got ${typeof target}`,
    );
  };
}

/** A name as it stands comes first, then the patterns in their order. */
function compilePairs(pairs: readonly Pair[]): RouteLookup {
  const exact = new Map<string, WireOptions>();
  const patterns: (readonly [fits: (name: string) => boolean, route: WireOptions])[] = [];
  for (const [pattern, target] of pairs) {
    const route = targetOf(target, `'taskRoutes' for '${String(pattern)}'`);
    if (typeof pattern !== 'string') patterns.push([testing(pattern), route]);
    else if (pattern.includes('*')) patterns.push([globbed(pattern, '?'), route]);
    else exact.set(pattern, route);
  }
  return ({ name }) => exact.get(name) ?? patterns.find(([fits]) => fits(name))?.[1];
}

/** A pattern that has matched does not begin behind its last match the next time. */
function testing({ source, flags }: RegExp): (name: string) => boolean {
  const pattern = new RegExp(source, flags.replace(/[gy]/g, ''));
  return (name) => pattern.test(name);
}

const routable = [
  ...(['queue', 'exchange', 'exchangeType', 'routingKey', 'priority', 'serializer'] as const),
  ...(['compression', 'deliveryMode', 'expires', 'timeLimit', 'softTimeLimit'] as const),
  ...(['shadow', 'headers'] as const),
] satisfies readonly (keyof RouteOptions)[];

/** What is said of a call, and a route cannot say. */
const callOnly: ReadonlySet<string> = new Set([
  ...['countdown', 'eta', 'taskId', 'ignoreResult', 'link', 'linkError', 'replyTo', 'argsrepr'],
  ...['kwargsrepr', 'addToParent', 'properties', 'retry', 'retryPolicy'],
]);

function targetOf(target: RouteTarget, where: string): WireOptions {
  if (typeof target === 'string') return { queue: target };
  const options = Object.fromEntries(
    Object.entries(target).map(([name, value]) => [camelCased(name), value]),
  );
  const known: readonly string[] = routable;
  const strange = Object.keys(options).find((name) => !known.includes(name));
  try {
    if (strange !== undefined && !callOnly.has(strange)) throw refusal(strange, { known });
    if (strange !== undefined) {
      throw new ConfigError(`a route cannot say '${strange}'; it can say ${known.join(', ')}`);
    }
    return toWireOptions(options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`${where}: ${error.summary}`, { cause: error });
  }
}
