import { argsRepr, kwargsRepr } from './repr.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a body of protocol 1 says that protocol 2 has in headers. */
const headerNames = [
  ...['task', 'id', 'shadow', 'eta', 'expires', 'group', 'group_index', 'retries', 'timelimit'],
  ...['root_id', 'parent_id', 'argsrepr', 'kwargsrepr', 'origin', 'ignore_result'],
] as const;

/**
 * The three parts of a protocol 2 body, from an object: all of a message of protocol 1, or the arguments of one whose
 * headers are of protocol 2 already. Steps of a chain are in the options of its callbacks there.
 * @returns undefined for an object that is no such body.
 * Source: `proto1_to_proto2` and `hybrid_to_proto2` in Celery's `worker/strategy.py`.
 */
export function partsOfObject(body: Fields): [unknown, unknown, unknown] | undefined {
  if (body['args'] === undefined && body['task'] === undefined) return undefined;
  const { args = [], kwargs = {}, callbacks, errbacks, chord } = body;
  return [args, kwargs, { callbacks, errbacks, chain: null, chord }];
}

/**
 * The headers that protocol 2 has for a message whose body is an object.
 * Where the message has a header `task`, its headers are stronger than the body; else the body is all there is of the
 * task, and the headers are the sender's own. Times without an offset are UTC whatever `utc` says, as in Celery.
 */
export function headersOfObject(body: Fields, headers: Fields): Fields {
  const said: Record<string, unknown> = { lang: 'py' };
  for (const name of headerNames) if (Object.hasOwn(body, name)) said[name] = body[name];
  if (Object.hasOwn(body, 'taskset')) said['group'] = body['taskset'];
  const { args, kwargs } = body;
  if (Array.isArray(args)) said['argsrepr'] ??= argsRepr(args);
  if (typeof kwargs === 'object' && kwargs) said['kwargsrepr'] ??= kwargsRepr(kwargs as Fields);
  if (headers['task'] !== undefined && headers['task'] !== null) return { ...said, ...headers };
  return { ...said, ...headers, ...said }; // `lang` first: whoever reads the text of headers looks for it there
}
