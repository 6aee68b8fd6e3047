import { ConfigError } from '../errors.ts';
import type { SignatureData } from '../protocol/index.ts';
import type { AsyncResult } from '../results/index.ts';
import { GroupSignature } from './group-signature.ts';
import { wholeOf } from './option-checks.ts';
import type { Sender } from './sender.ts';
import { Signature } from './signature.ts';
import { groupOf, kindOf } from './structure.ts';
import type { Immutable } from './types.ts';

/** What can be called once for each of many items: a task, or a signature without arguments of a task that lives elsewhere. */
export interface Callee<Params extends readonly unknown[], Result> {
  delay(...args: Params): Promise<AsyncResult<Result>>;
}

/** What a task takes as its only argument; never if it needs another. */
export type OnlyArgument<Params extends readonly unknown[]> = [Params[0]] extends Params
  ? Params[0]
  : never;

/**
 * One message by which a task is called once for each item, one call after the other; it returns the list of what
 * they returned. `task.map(items)` is the same.
 * @throws ConfigError for a signature with arguments or options: they would be lost
 */
export function xmap<Params extends readonly unknown[], Result>(
  task: Callee<Params, Result>,
  items: Iterable<NoInfer<OnlyArgument<Params>>>,
): Signature<Immutable, Result[]> {
  return mapped('celery.map', task, [...items]);
}

/** As `xmap`, with a list of arguments for each call. `task.starmap(items)` is the same. @throws ConfigError */
export function xstarmap<Params extends readonly unknown[], Result>(
  task: Callee<Params, Result>,
  items: Iterable<NoInfer<Params>>,
): Signature<Immutable, Result[]> {
  return mapped('celery.starmap', task, listsOf(items));
}

/**
 * A group of messages by each of which a task is called `size` times, the last time maybe less often; what comes of
 * it is a list for each message. `task.chunks(items, size)` is the same. @throws ConfigError
 */
export function chunks<Params extends readonly unknown[], Result>(
  task: Callee<Params, Result>,
  items: Iterable<NoInfer<Params>>,
  size: number,
): GroupSignature<Immutable, Result[][]> {
  const length = wholeOf('size', size, [1, Number.MAX_SAFE_INTEGER]);
  const { data, sender } = calleeOf(task);
  const all = listsOf(items);
  const parts: SignatureData[] = [];
  for (let at = 0; at < all.length; at += length) {
    parts.push(mapData('celery.starmap', data, all.slice(at, at + length)));
  }
  return new GroupSignature(groupOf(parts), sender);
}

function mapped<Result>(
  name: string,
  task: object,
  items: readonly unknown[],
): Signature<Immutable, Result[]> {
  const { data, sender } = calleeOf(task);
  return new Signature(mapData(name, data, items), sender);
}

/** Celery has no type for them: they are calls of tasks that every worker has. */
function mapData(name: string, task: SignatureData, it: readonly unknown[]): SignatureData {
  return {
    task: name,
    args: [],
    kwargs: { task, it },
    options: {},
    subtask_type: null,
    immutable: true,
  };
}

function listsOf(items: Iterable<readonly unknown[]>): readonly (readonly unknown[])[] {
  return Array.from(items, (args) => {
    if (Array.isArray(args)) return args;
    throw new ConfigError(`each item must be a list of arguments, got ${typeof args}`);
  });
}

type Called = Readonly<{ data: SignatureData; sender: Sender }>;

function calleeOf(task: object): Called {
  const signature: unknown = 's' in task && typeof task.s === 'function' ? task.s() : task;
  if (!(signature instanceof Signature)) {
    throw new ConfigError(`a task is needed, or a signature of one, got ${typeof task}`);
  }
  const { data, sender } = signature;
  const has = [data.args, Object.keys(data.kwargs), Object.keys(data.options)];
  if (kindOf(data) === 'task' && has.every((each) => each.length === 0)) return { data, sender };
  throw new ConfigError(
    `'${data.task}' is called once for each item, with nothing but that: give the task itself, without arguments or options`,
  );
}
