import type { RedisLink } from '../../drivers/redis/index.ts';
import type { Entry } from './entry.ts';
import { BINDING_SEPARATOR, bindingKey } from './layout.ts';

/**
 * The queue that an entry came from, as Kombu looks it up: the default exchange has a queue for each
 * routing key, others have rows of routing key, pattern (of topics) and queue.
 */
export async function bindingQueue(link: RedisLink, entry: Entry): Promise<string> {
  const { exchange, routingKey } = entry;
  if (exchange === '') return routingKey;
  const rows = (await link.call('smembers', [bindingKey(exchange)])) as string[];
  return queueIn(rows, routingKey) ?? routingKey;
}

/** The queue of the first row that a routing key fits. */
export function queueIn(rows: readonly string[], routingKey: string): string | undefined {
  for (const row of rows.toSorted()) {
    const [key, pattern, queue] = row.split(BINDING_SEPARATOR);
    if (queue !== undefined && (key === routingKey || fits(pattern, routingKey))) return queue;
  }
  return undefined;
}

function fits(pattern: string | undefined, routingKey: string): boolean {
  if (!pattern) return false;
  try {
    return new RegExp(pattern).test(routingKey);
  } catch {
    return false; // Python's syntax has more than ours
  }
}
