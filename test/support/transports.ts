import { createHash } from 'node:crypto';
import type { Claimed, Delivery, OutgoingMessage } from '../../src/protocol/index.ts';
import {
  type Completion,
  type ConsumeOptions,
  type Consumer,
  openTransport,
  type Transport,
  type TransportOptions,
} from '../../src/transports/index.ts';
import { onFileEnd } from './cleanup.ts';
import { until } from './waits.ts';

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
  return { key: `celery-task-meta-${id}`, document, ttlMs: 60_000, db };
}

/** A transport that is closed when the test file is over. */
export async function openTestTransport(
  url: string,
  options: Partial<TransportOptions> = {},
): Promise<Transport> {
  const transport = await openTransport(url, {
    ...{ visibilityTimeoutMs: 3_600_000, leaseTimeoutMs: 30_000, connectTimeoutMs: 4_000 },
    ...options,
  });
  onFileEnd(() => transport.close());
  return transport;
}

/** A consumer together with what it told. */
export interface TestConsumer {
  readonly consumer: Consumer;
  readonly notices: string[];
  /** How often it has been woken. */
  readonly wakes: () => number;
  /** Claims whenever woken until there are as many; they are in the order in which they came. */
  readonly gather: (count: number, deadlineMs: number) => Promise<Claimed[]>;
}

/** Consumes like a worker: whenever it is woken. */
export async function consumeFrom(
  transport: Transport,
  options: Partial<ConsumeOptions> = {},
): Promise<TestConsumer> {
  const notices: string[] = [];
  let wakes = 0;
  const consumer = await transport.consume({
    ...{ queues: ['celery'], nodeName: 'tester@here', deliveryLimit: 3 },
    ...options,
    onWake: () => {
      wakes += 1;
    },
    onNotice: (level, message) => notices.push(`${level}: ${message}`),
  });
  const gather = async (count: number, deadlineMs: number): Promise<Claimed[]> => {
    const claimed: Claimed[] = [];
    let seen = -1;
    return until(
      async () => {
        if (wakes !== seen) {
          seen = wakes;
          claimed.push(...(await consumer.claim(count - claimed.length).catch(() => [])));
        }
        return claimed.length >= count ? claimed : undefined;
      },
      { deadlineMs, what: () => `${count} claims, got ${claimed.length}; ${notices.join('; ')}` },
    );
  };
  return { consumer, notices, wakes: () => wakes, gather };
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
