import { randomUUID } from 'node:crypto';
import type { ExchangeType, QueueSpec } from '../protocol/index.ts';
import { fits, topicPattern } from './topic-patterns.ts';

/** What brings messages of an exchange into a queue, as Kombu notes it. */
export interface Binding {
  readonly exchange: string;
  readonly routingKey: string;
  /** The regular expression that a topic's routing keys must fit; '' for other exchanges. */
  readonly pattern: string;
  readonly queue: string;
}

/** Begins the names of queues that belong to one consumer each; a random UUID follows. */
export const BROADCAST_PREFIX = 'bcast.';

const broadcastName =
  /^bcast\.[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A new name for a queue of one consumer. Source: `Broadcast` in Kombu's `common.py`. */
export function newBroadcastName(): string {
  return `${BROADCAST_PREFIX}${randomUUID()}`;
}

/** Whether a queue is one consumer's own, and goes with it. People may call theirs `bcast.orders`. */
export function isBroadcastQueue(queue: string): boolean {
  return broadcastName.test(queue);
}

/**
 * The bindings of a queue; the default exchange needs none.
 * @param queue - the queue's own name, which a broadcast one gets for each consumer.
 */
export function bindingsOf(spec: QueueSpec, queue: string = spec.name): Binding[] {
  return spec.bindings
    .filter(({ exchange }) => exchange.name !== '')
    .map(({ exchange, routingKey }) => ({
      exchange: exchange.name,
      routingKey,
      pattern: exchange.type === 'topic' ? topicPattern(routingKey) : '',
      queue,
    }));
}

/** The queues that a message goes to, each once, in the order of their names. */
export function queuesFor(
  type: ExchangeType,
  bindings: readonly Pick<Binding, 'routingKey' | 'pattern' | 'queue'>[],
  routingKey: string,
): string[] {
  const queues = new Set<string>();
  for (const binding of bindings) {
    const isFit =
      type === 'fanout' ||
      (type === 'topic' ? fits(binding.pattern, routingKey) : binding.routingKey === routingKey);
    if (isFit) queues.add(binding.queue);
  }
  return [...queues].sort();
}
