import { randomUUID } from 'node:crypto';
import type { RedisLink } from '../../drivers/redis/index.ts';
import { MessageUnroutableError } from '../../errors.ts';
import {
  encodeEnvelope,
  type OutgoingMessage,
  type QueueSpec,
  type Route,
} from '../../protocol/index.ts';
import { bindingsOf, queuesFor } from '../exchanges.ts';
import type { BindingParts, Layout } from './layout.ts';
import type { Post } from './publish.lua.ts';

/** A message as it is stored. */
export interface StoredMessage {
  readonly queue: string;
  readonly list: string;
  readonly payload: string;
}

/** Where messages go that are sent through exchanges, and how. */
export interface RoutedMessages {
  readonly stored: readonly StoredMessage[];
  readonly posts: readonly Post[];
}

/** What is known of the bindings of exchanges, by name. */
export type BindingTable = ReadonlyMap<string, readonly BindingParts[]>;

/** Encodes a message for its queue. @throws EncodeError */
export function storedForm(
  message: OutgoingMessage,
  layout: Layout,
  queue: string = message.queue,
): StoredMessage {
  const list = layout.listKeyFor(queue, message.properties.priority);
  return { queue, list, payload: encodeEnvelope(message, randomUUID()) };
}

/**
 * Encodes a message for each queue that its routing key fits, or for those who listen to its exchange. Copies have
 * delivery tags of their own: Python keeps claims of all queues under them.
 * @throws EncodeError, MessageUnroutableError
 */
export function routedForm(
  message: OutgoingMessage,
  route: Route,
  { table, layout }: { table: BindingTable; layout: Layout },
): RoutedMessages {
  const { exchange, routingKey } = route;
  if (exchange.type === 'fanout') {
    const payload = encodeEnvelope(message, randomUUID());
    return {
      stored: [],
      posts: [{ channel: layout.channelOf(exchange.name, routingKey), payload }],
    };
  }
  // the default exchange has a queue for each routing key
  const queues =
    exchange.name === ''
      ? [routingKey]
      : queuesFor(exchange.type, table.get(exchange.name) ?? [], routingKey);
  if (queues.length === 0) throw new MessageUnroutableError(exchange.name, routingKey);
  return { stored: queues.map((queue) => storedForm(message, layout, queue)), posts: [] };
}

/** Makes sure of the bindings that the routes declare, and reads those of their exchanges, in one round trip. */
export async function readBindings(
  link: RedisLink,
  layout: Layout,
  routes: readonly Route[],
): Promise<BindingTable> {
  const exchanges = new Set<string>();
  for (const { exchange } of routes) {
    if (exchange.name !== '' && exchange.type !== 'fanout') exchanges.add(exchange.name);
  }
  const specs = routes.flatMap(({ declare }) => declare);
  const declaring = declareQueues(link, layout, specs);
  const reading = [...exchanges].map(async (exchange) => {
    const found = (await link.call('smembers', [layout.bindingKey(exchange)])) as string[];
    return [exchange, found.flatMap((row) => layout.parseRow(row) ?? [])] as const;
  });
  const [entries] = await Promise.all([Promise.all(reading), declaring]);
  return new Map(entries);
}

/** Makes sure of the bindings of queues; a broadcast queue is its consumer's. */
export async function declareQueues(
  link: RedisLink,
  layout: Layout,
  specs: readonly QueueSpec[],
): Promise<void> {
  const rows = new Map<string, Set<string>>();
  for (const spec of specs) {
    if (spec.isBroadcast) continue;
    for (const binding of bindingsOf(spec)) {
      addRow(rows, binding.exchange, layout.bindingRow(binding));
    }
  }
  await declareRows(link, layout, rows);
}

/** Writes rows, by exchange. */
export async function declareRows(
  link: RedisLink,
  layout: Layout,
  rows: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<void> {
  const adding = [...rows].map(([exchange, members]) =>
    link.call('sadd', [layout.bindingKey(exchange), ...members]),
  );
  await Promise.all(adding);
}

/** Adds a row to those of its exchange. */
export function addRow(rows: Map<string, Set<string>>, exchange: string, row: string): void {
  const known = rows.get(exchange);
  if (known) known.add(row);
  else rows.set(exchange, new Set([row]));
}
