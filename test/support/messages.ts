import { createHash } from 'node:crypto';
import {
  type Claimed,
  type Delivery,
  finalityOf,
  type OutgoingMessage,
} from '../../src/protocol/index.ts';
import type { Completion } from '../../src/transports/index.ts';

/** A task message for `demo.add(1, 2)`. */
export function aMessage(
  id: string,
  { queue = 'celery', priority = 0 }: { queue?: string; priority?: number } = {},
): OutgoingMessage {
  return {
    queue,
    headers: {
      ...{ lang: 'js', task: 'demo.add', id, shadow: null, eta: null, expires: null },
      ...{ group: null, group_index: null, retries: 0, timelimit: [null, null] as const },
      ...{
        root_id: id,
        parent_id: null,
        argsrepr: '(1, 2)',
        kwargsrepr: '{}',
        origin: 'gen1@test',
      },
      ...{ ignore_result: false, replaced_task_nesting: 0, stamped_headers: null, stamps: {} },
    },
    properties: { correlation_id: id, reply_to: 'nobody', delivery_mode: 2, priority },
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body: '[[1, 2], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]',
  };
}

/** A result document as a worker stores it. */
export function aResult(id: string, status = 'SUCCESS', db = 0): Completion['writes'][number] {
  const document = `{"status": "${status}", "result": 3, "traceback": null, "children": [], "date_done": null, "task_id": "${id}"}`;
  const finality = finalityOf(status);
  return { key: `celery-task-meta-${id}`, document, finality, ttlMs: 60_000, db };
}

/** The messages among claims. */
export function deliveries(claimed: readonly Claimed[]): Delivery[] {
  return claimed.flatMap((each) => (each.kind === 'message' ? [each.delivery] : []));
}

/** The task ids of claims. */
export function idsOf(claimed: readonly Claimed[]): unknown[] {
  return deliveries(claimed).map(({ headers }) => headers.id);
}

/** The tags of claims. */
export function tagsOf(claimed: readonly Claimed[]): string[] {
  return claimed.map((each) => (each.kind === 'message' ? each.delivery.tag : each.tag));
}

/** An ack of each claim. */
export function acksOf(claimed: readonly Claimed[]): Completion[] {
  return tagsOf(claimed).map((tag) => ({ tag, settle: { kind: 'ack' }, writes: [], messages: [] }));
}

/** A signal with plenty of time. */
export const soonEnough = (): AbortSignal => AbortSignal.timeout(5_000);

export const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');
