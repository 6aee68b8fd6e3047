import type { RedisLink } from '../../drivers/redis/index.ts';
import { fits } from '../topic-patterns.ts';
import type { Entry } from './entry.ts';
import type { Layout } from './layout.ts';

/**
 * The queues that an entry goes back to, as Kombu looks them up: the default exchange has a queue for each routing
 * key, others have rows, of which nobody can tell any more which one the message had come by. Where no row is left
 * the routing key has to do.
 */
export async function bindingQueues(
  link: RedisLink,
  layout: Layout,
  entry: Pick<Entry, 'exchange' | 'routingKey'>,
): Promise<string[]> {
  const { exchange, routingKey } = entry;
  if (exchange === '') return [routingKey];
  const rows = (await link.call('smembers', [layout.bindingKey(exchange)])) as string[];
  const queues = queuesIn(layout, rows, routingKey);
  return queues.length > 0 ? queues : [routingKey];
}

/** The queues of the rows that a routing key fits, whatever the type of their exchange. */
export function queuesIn(layout: Layout, rows: readonly string[], routingKey: string): string[] {
  const found = rows.flatMap((row) => {
    const binding = layout.parseRow(row);
    const isFit = binding?.routingKey === routingKey || fits(binding?.pattern ?? '', routingKey);
    return binding && isFit ? [binding.queue] : [];
  });
  return [...new Set(found)].sort();
}
