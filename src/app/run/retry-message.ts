import type { WireOptions } from '../../canvas/index.ts';
import type { RetryRequest } from '../../pool/index.ts';
import {
  contentBytes,
  type OutgoingMessage,
  parseWireTime,
  type TaskHeaders,
  toWireTime,
} from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';
import { extrasOf } from '../extra-properties.ts';
import type { Request } from './request.ts';

/**
 * The message of a task's next try: the same id, root, group, chain and links, one retry more, due later, to the
 * queue that its message came from. The task may have said otherwise of some of it.
 * The body's bytes are the old ones unless the task changed its arguments.
 * Source: `Task.retry` in Celery's `app/task.py`.
 */
export function retryMessage(
  request: Request,
  retry: RetryRequest,
  nowMs: Millis,
): OutgoingMessage {
  const { delivery, id } = request;
  const { properties } = delivery;
  const changes = retry.options ?? noChanges;
  const expiresMs = expiryOf(changes['expires'], nowMs) ?? request.expiresMs;
  return {
    queue: textOr(changes['queue'], request.queue),
    headers: changedHeaders(retryHeaders(request, retry), changes, expiresMs),
    properties: {
      correlation_id: textOr(properties['correlation_id'], id),
      reply_to: textOr(properties['reply_to'], ''),
      delivery_mode: properties['delivery_mode'] === 1 ? 1 : 2,
      priority: numberOr(changes['priority'], request.priority ?? 0),
      ...(expiresMs === undefined
        ? {}
        : { expiration: String(Math.max(0, Math.round(expiresMs - nowMs))) }),
      ...extrasOf(properties),
    },
    contentType: delivery.contentType ?? 'application/json',
    contentEncoding: delivery.contentEncoding ?? 'utf-8',
    body: retry.replacement?.body ?? contentBytes(delivery),
  };
}

function retryHeaders(request: Request, retry: RetryRequest): TaskHeaders {
  const { replacement } = retry;
  const kept = Object.entries(request.delivery.headers).filter(([name]) => !isPassing(name));
  const old = Object.fromEntries(kept);
  if (replacement && replacement.compression === undefined) delete old['compression'];
  const timelimit = old['timelimit'];
  return {
    shadow: null,
    expires: null,
    group: null,
    group_index: null,
    argsrepr: '()',
    kwargsrepr: '{}',
    origin: '',
    ignore_result: false,
    replaced_task_nesting: 0,
    stamped_headers: null,
    stamps: {},
    ...old,
    lang: 'js',
    task: request.task,
    id: request.id,
    eta: toWireTime(retry.dueMs),
    retries: request.retries + 1,
    timelimit: isPair(timelimit) ? timelimit : [null, null],
    root_id: request.rootId,
    parent_id: request.parentId ?? request.id,
    ...(replacement ? { argsrepr: replacement.argsrepr, kwargsrepr: replacement.kwargsrepr } : {}),
  };
}

const noChanges: WireOptions = {};

/** Headers with what the task wants changed in them. */
function changedHeaders(
  old: TaskHeaders,
  changes: WireOptions,
  expiresMs: Millis | undefined,
): TaskHeaders {
  if (changes === noChanges) return old;
  const { headers, ignore_result, time_limit, soft_time_limit } = changes;
  const [hard, soft] = old.timelimit;
  return {
    ...old,
    ...(typeof headers === 'object' ? headers : {}),
    ...texts(changes, ['shadow', 'argsrepr', 'kwargsrepr']),
    ...(typeof ignore_result === 'boolean' ? { ignore_result } : {}),
    ...(changes['expires'] !== undefined && expiresMs !== undefined
      ? { expires: toWireTime(expiresMs) }
      : {}),
    timelimit: [numberOr(time_limit, hard), numberOr(soft_time_limit, soft)],
  };
}

function texts(changes: WireOptions, names: readonly string[]): Readonly<Record<string, unknown>> {
  const given = names.filter((name) => typeof changes[name] === 'string');
  return Object.fromEntries(given.map((name) => [name, changes[name]]));
}

/** A span from now in seconds, or an instant as text. */
function expiryOf(value: unknown, nowMs: Millis): Millis | undefined {
  return typeof value === 'number' ? nowMs + value * 1000 : parseWireTime(value);
}

/** Headers that speak of one delivery, not of the task. */
function isPassing(name: string): boolean {
  return (
    name.startsWith('x-celeriac-') || name === 'redelivered' || /^x-(first-|last-)?death/.test(name)
  );
}

function isPair(value: unknown): value is [number | null, number | null] {
  return Array.isArray(value) && value.length === 2;
}

function numberOr<Other>(value: unknown, otherwise: Other): number | Other {
  return typeof value === 'number' ? value : otherwise;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
