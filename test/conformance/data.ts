import { randomUUID } from 'node:crypto';
import type {
  Claimed,
  Delivery,
  OutgoingMessage,
  ResultMeta,
  TaskHeaders,
} from '../../src/protocol/index.ts';
import type { Completion, ResultWrite } from '../../src/transports/index.ts';

/** A task message as the app makes it; its `id` tells it from others. */
export function aMessage({
  id = randomUUID(),
  queue = 'celery',
  priority = 0,
  headers = {},
}: {
  id?: string;
  queue?: string;
  priority?: number;
  headers?: Record<string, unknown>;
} = {}): OutgoingMessage {
  return {
    queue,
    headers: { ...headersOf(id), ...headers },
    properties: { correlation_id: id, reply_to: 'reply', delivery_mode: 2, priority },
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body: '[[1, 2], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]',
  };
}

/** One message per id, for one queue. */
export function messages(ids: readonly string[], queue = 'celery'): OutgoingMessage[] {
  return ids.map((id) => aMessage({ id, queue }));
}

/** `m1`, `m2`, … */
export function ids(count: number, prefix = 'm'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

/** A result as the worker makes it. */
export function aResult({
  taskId,
  status = 'SUCCESS',
  result = 7,
}: {
  taskId: string;
  status?: string;
  result?: unknown;
}): ResultMeta {
  const isError = status === 'FAILURE' || status === 'REVOKED' || status === 'RETRY';
  return {
    taskId,
    status,
    result: isError ? undefined : result,
    error: isError ? { type: 'Error', module: null, args: ['boom'], traceback: null } : null,
    traceback: null,
    children: [],
    dateDone: '2026-11-22T13:23:36.059945+00:00',
    groupId: null,
    parentId: null,
  };
}

/** An acknowledgement, with what else is to be changed. */
export function anAck(
  tag: string,
  {
    writes = [],
    messages: next = [],
  }: { writes?: ResultWrite[]; messages?: OutgoingMessage[] } = {},
): Completion {
  return { tag, settle: { kind: 'ack' }, writes, messages: next };
}

/** The deliveries among what was claimed; what is malformed is an error here. */
export function deliveries(claimed: readonly Claimed[]): Delivery[] {
  return claimed.map((claim) => {
    if (claim.kind === 'malformed') throw new Error(`malformed: ${claim.reason}`);
    return claim.delivery;
  });
}

/** The ids of what was claimed, in its order. */
export function idsOf(claimed: readonly Claimed[]): string[] {
  return deliveries(claimed).map(({ headers }) => String(headers.id));
}

/** The tags of what was claimed, in its order. */
export function tagsOf(claimed: readonly Claimed[]): string[] {
  return claimed.map((claim) => (claim.kind === 'malformed' ? claim.tag : claim.delivery.tag));
}

function headersOf(id: string): TaskHeaders {
  return {
    lang: 'py',
    task: 'tut2.mult',
    id,
    shadow: null,
    eta: null,
    expires: null,
    group: null,
    group_index: null,
    retries: 0,
    timelimit: [null, null],
    root_id: id,
    parent_id: null,
    argsrepr: '(1, 2)',
    kwargsrepr: '{}',
    origin: 'gen1@host',
    ignore_result: false,
    replaced_task_nesting: 0,
    stamped_headers: null,
    stamps: {},
  };
}
