import { NotRegisteredError } from '../../errors.ts';
import { parseSignature } from '../../protocol/index.ts';
import { validated } from '../run/refused-arguments.ts';
import type { RunContext } from '../run/run-context.ts';
import type { Builtin } from './builtin-task.ts';

/** Calls a task once for each item, here and in order. */
export const map: Builtin = {
  name: 'celery.map',
  params: ['task', 'it'],
  run: (context, task, it) =>
    callEach(
      context,
      task,
      itemsOf(context, it).map((item) => [item]),
    ),
};

/** The same with the items of each item as arguments. */
export const starmap: Builtin = {
  name: 'celery.starmap',
  params: ['task', 'it'],
  run(context, task, it) {
    const calls = itemsOf(context, it).map((item) => itemsOf(context, item));
    return callEach(context, task, calls);
  },
};

/**
 * Of a task only its name is looked at, as in Celery. It is called, not sent: no hooks, no retries and no result of its
 * own; what it throws is what the whole task ends with.
 */
async function callEach(
  context: RunContext,
  signature: unknown,
  calls: readonly (readonly unknown[])[],
): Promise<readonly unknown[]> {
  const { task: name } = parseSignature(signature, `${context.name}() argument 'task'`);
  const task = context.served.get(name);
  if (!task) throw new NotRegisteredError(name);
  const results: unknown[] = [];
  for (const args of calls) {
    const bound = task.bindArguments(args, {}, { strict: context.isStrict });
    const checked = await validated(task, bound);
    const inner = task.options.bind ? [context.inline(task, args)] : [];
    results.push(await task.run(...inner, ...checked));
  }
  return results;
}

/** The items of what Python iterates over: of a text its characters, of an object its keys. */
export function itemsOf({ name }: Pick<RunContext, 'name'>, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [...value];
  if (typeof value === 'object' && value !== null) {
    return Symbol.iterator in value ? [...(value as Iterable<unknown>)] : Object.keys(value);
  }
  throw new TypeError(
    `${name}() takes a list of items, got ${value === null ? 'null' : typeof value}`,
  );
}
