import { DecodeError, EncodeError, type RemoteError } from '../errors.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson, encodeString } from './json-encode.ts';
import { pythonRepr } from './repr.ts';
import type { ExtendedMeta, ResultMeta, ResultTuple } from './result.ts';
import { isRecord } from './signature.ts';
import { parseDateTime, parseWireTime, toWireTime } from './time.ts';
import { type JsonTypes, shown } from './values.ts';

const keyPrefix = 'celery-task-meta-';
const groupKeyPrefix = 'celery-taskset-meta-';

/**
 * The key that a task's result is stored under; also the channel it is announced on.
 * @param prefix - of a store that others use too; see `resultKeyprefixOf`.
 */
export function resultKeyOf(taskId: string, prefix = ''): string {
  return `${prefix}${keyPrefix}${storedId(taskId)}`;
}

/** The key that a group is saved under; with what is kept of its chord behind it. */
export function groupKeyOf(groupId: string, prefix = ''): string {
  return `${prefix}${groupKeyPrefix}${storedId(groupId)}`;
}

/** The id that such a key was made of. */
export function groupIdIn(key: string, prefix = ''): string {
  const id = key.slice(prefix.length + groupKeyPrefix.length);
  if (!id.startsWith('"')) return id;
  try {
    const parsed: unknown = JSON.parse(id);
    return typeof parsed === 'string' && storedId(parsed) === id ? parsed : id;
  } catch {
    return id;
  }
}

/** An id as stores can keep it. */
export function storedId(id: string): string {
  // UTF-8 has no half of a surrogate pair: of two such ids one would have the other's result
  return id.isWellFormed() ? id : JSON.stringify(id);
}

/** Where our workers tell whoever sent tasks, with this `reply_to`, of the results of all of them. */
export function replyChannelOf(replyTo: string, prefix = ''): string {
  return `${prefix}celeriac.reply.${replyTo}`;
}

/**
 * What the keys of results begin with: the prefix as it was given, with a `_` unless it ends with a mark already.
 * Source: `_add_global_keyprefix` in Celery's `backends/base.py`.
 */
export function resultKeyprefixOf(given: string): string {
  return given === '' || /[:_.-]$/.test(given) ? given : `${given}_`;
}

/**
 * Writes a result document in the order Celery writes it.
 * An error's argument that has no JSON form is replaced by its `repr`, as Celery does.
 * @throws EncodeError for a result that has no JSON form; its path begins with `result`.
 */
export function encodeResultMeta(meta: ResultMeta, types: JsonTypes = 'typed'): string {
  const { error } = meta;
  const result = error
    ? encodeError(error, types)
    : (meta.resultText ?? encodeJson(meta.result, { types, path: 'result' }));
  const traceback = meta.traceback ?? error?.traceback ?? null;
  const children = meta.children.length === 0 ? '[]' : encodeJson(meta.children);
  const group = meta.groupId === null ? '' : `, "group_id": ${encodeString(meta.groupId)}`;
  const parent = meta.parentId === null ? '' : `, "parent_id": ${encodeString(meta.parentId)}`;
  return (
    `{"status": ${encodeString(meta.status)}, "result": ${result}, "traceback": ${orNull(traceback)}, ` +
    `"children": ${children}, "date_done": ${orNull(meta.dateDone)}${group}${parent}` +
    `${meta.extended ? encodeExtended(meta.extended, types) : ''}, "task_id": ${encodeString(meta.taskId)}}`
  );
}

/** Those under the name of another field are left out; Celery would write them over that field. */
export function stampsIn({ stamps }: ExtendedMeta): [string, unknown][] {
  return Object.entries(stamps).filter(([stamp]) => !ownFields.has(stamp));
}

/** What has no form is replaced by its `repr`: what is told of a task must not keep its end from being stored. */
function encodeExtended(extended: ExtendedMeta, types: JsonTypes): string {
  const { name, args, kwargs, worker, retries, queue, stampedHeaders } = extended;
  const known =
    `, "name": ${encodeString(name)}, "args": ${encodeOrRepr(args, types)}` +
    `, "kwargs": ${encodeOrRepr(kwargs, types)}, "worker": ${orNull(worker)}` +
    `, "retries": ${retries}, "queue": ${orNull(queue)}`;
  const stamped = stampsIn(extended);
  if (stamped.length === 0) return known;
  const values = stamped.map(
    ([stamp, value]) => `, ${encodeString(stamp)}: ${encodeOrRepr(value, types)}`,
  );
  return `${known}, "stamped_headers": ${encodeJson(stampedHeaders)}${values.join('')}`;
}

const ownFields: ReadonlySet<string> = new Set([
  ...['status', 'result', 'traceback', 'children', 'date_done', 'group_id', 'parent_id', 'name'],
  ...['args', 'kwargs', 'worker', 'retries', 'queue', 'stamped_headers', 'task_id'],
]);

function orNull(text: string | null): string {
  return text === null ? 'null' : encodeString(text);
}

/** An error as results have it. What has no JSON form in it is replaced by its `repr`. */
export function encodeError({ type, module, args }: RemoteError, types: JsonTypes): string {
  const message = args.map((arg) => encodeOrRepr(arg, types)).join(', ');
  return `{"exc_type": ${encodeString(type)}, "exc_message": [${message}], "exc_module": ${orNull(module)}}`;
}

function encodeOrRepr(value: unknown, types: JsonTypes): string {
  try {
    return encodeJson(value, { types });
  } catch (error) {
    if (error instanceof EncodeError) return encodeString(pythonRepr(value));
    throw error;
  }
}

/**
 * Reads a result document of any Celery 5. A date without an offset gets `+00:00`, which it means.
 * @throws DecodeError for what is no result document.
 */
export function decodeResultMeta(text: string): ResultMeta {
  return parseResultMeta(decodeJson(text));
}

/** The same of a document that another serializer has read. @throws DecodeError */
export function parseResultMeta(meta: unknown): ResultMeta {
  if (!isRecord(meta) || typeof meta.status !== 'string' || typeof meta.task_id !== 'string') {
    throw new DecodeError("not a result document: 'status' and 'task_id' are missing");
  }
  const { status, result } = meta;
  const traceback = textOrNull(meta.traceback);
  const error = isErrorState(status) ? parseError(status, result, traceback) : null;
  return {
    taskId: meta.task_id,
    status,
    result: error ? undefined : result,
    error,
    traceback,
    children: Array.isArray(meta.children) ? meta.children.map(parseResultTuple) : [],
    dateDone: parseDateDone(meta.date_done),
    groupId: textOrNull(meta.group_id),
    parentId: textOrNull(meta.parent_id),
    ...(typeof meta.name === 'string' ? { extended: parseExtended(meta.name, meta) } : {}),
  };
}

function parseExtended(name: string, meta: Readonly<Record<string, unknown>>): ExtendedMeta {
  const { args = null, kwargs = null, retries, stamped_headers: names } = meta;
  const stamped = Array.isArray(names) ? names.filter((each) => typeof each === 'string') : [];
  return {
    name,
    args,
    kwargs,
    worker: textOrNull(meta.worker),
    retries: typeof retries === 'number' ? retries : 0,
    queue: textOrNull(meta.queue),
    stampedHeaders: stamped,
    stamps: Object.fromEntries(
      stamped.filter((each) => Object.hasOwn(meta, each)).map((each) => [each, meta[each]]),
    ),
  };
}

/** Whether a task in this state has an error in place of a result. */
export function isErrorState(status: unknown): boolean {
  return status === 'FAILURE' || status === 'RETRY' || status === 'REVOKED';
}

/** What a task's result says of its error. A RETRY may have no error, a FAILURE or REVOKED always has one, if only in name. */
export function parseError(
  status: string,
  result: unknown,
  traceback: string | null,
): RemoteError | null {
  if (isRecord(result) && 'exc_type' in result) {
    const { exc_type: type, exc_message: message } = result;
    const isList = Array.isArray(message);
    const args = message === undefined || message === null ? [] : isList ? message : [message];
    return {
      type: typeof type === 'string' ? type : 'Exception',
      module: textOrNull(result.exc_module),
      args,
      traceback,
    };
  }
  const args = result === null || result === undefined ? [] : [result];
  if (status === 'RETRY' && args.length === 0) return null;
  if (status === 'REVOKED') {
    return { type: 'TaskRevokedError', module: 'celery.exceptions', args, traceback };
  }
  return { type: 'Exception', module: 'builtins', args, traceback };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

const usualDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+00:00$/;

function parseDateDone(value: unknown): string | null {
  if (typeof value === 'string' && usualDate.test(value)) return value;
  const ms = parseWireTime(value);
  if (ms === undefined) return null;
  const fields = typeof value === 'string' ? parseDateTime(value) : undefined;
  if (fields?.offsetSeconds !== undefined) return String(value);
  const isNaive = fields && String(value).length > '2024-01-02'.length;
  return isNaive ? `${value}+00:00` : toWireTime(ms);
}

/**
 * Reads a stored handle. Celery also accepts an id where `[id, parent]` is usual.
 * @throws DecodeError for what is none
 */
export function parseResultTuple(value: unknown): ResultTuple {
  if (!Array.isArray(value)) throw notATuple(value);
  const [head, children = null]: readonly unknown[] = value;
  const [id, parent = null]: readonly unknown[] = Array.isArray(head) ? head : [head];
  if (typeof id !== 'string') throw notATuple(value);
  if (children !== null && !Array.isArray(children)) throw notATuple(value);
  return [
    [id, parent === null ? null : parseResultTuple(parent)],
    children === null ? null : children.map(parseResultTuple),
  ];
}

function notATuple(value: unknown): DecodeError {
  return new DecodeError(`not the handle of a result, [[id, parent], children]: ${shown(value)}`);
}
