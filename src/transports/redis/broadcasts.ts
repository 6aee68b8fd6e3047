import type { RedisLink } from '../../drivers/redis/index.ts';
import type { QueueSpec } from '../../protocol/index.ts';
import { bindingsOf, newBroadcastName } from '../exchanges.ts';
import { type BroadcastQueue, broadcastMember } from './keep-broadcast.lua.ts';
import { type Layout, PARKED_PREFIX } from './layout.ts';

const SCAN = 1_000;

/** A new queue for a consumer, named as Kombu's `Broadcast` does. */
export function newBroadcastQueue(layout: Layout, prefix: string, spec: QueueSpec): BroadcastQueue {
  const queue = newBroadcastName();
  const rows = bindingsOf(spec, queue).map(
    (binding) => [binding.exchange, layout.bindingRow(binding)] as const,
  );
  return { queue, prefix, rows };
}

/** Reads what `broadcastMember` wrote. */
export function parseBroadcast(member: string): BroadcastQueue {
  return JSON.parse(member) as BroadcastQueue;
}

/** The names of the broadcast queues whose consumers live. */
export async function liveBroadcasts(link: RedisLink, layout: Layout): Promise<Set<string>> {
  const [seconds] = (await link.call('time', [])) as [string, string];
  const args = [layout.broadcasts, seconds, '+inf'];
  const members = (await link.call('zrangebyscore', args)) as string[];
  return new Set(members.map((member) => parseBroadcast(member).queue));
}

/**
 * Removes a broadcast queue with all that is in it.
 * @param tags - its claims, as far as they are known.
 * @param isParking - whether some of it may be laid aside.
 */
export async function dropBroadcast(
  link: RedisLink,
  layout: Layout,
  { broadcast, tags, isParking }: DroppedBroadcast,
): Promise<void> {
  const lists = layout.listKeys([broadcast.queue]);
  const parked = isParking ? await findParked(link, layout, { broadcast, lists }) : [];
  const parkedTags = parked.map((member) => member.slice(0, member.indexOf(' ')));
  const calls: Promise<unknown>[] = [];
  for (const some of inPieces([...tags, ...parkedTags])) {
    calls.push(link.call('hdel', [layout.unacked, ...some]));
    calls.push(link.call('zrem', [layout.unackedIndex, ...some]));
  }
  for (const some of inPieces(parked)) calls.push(link.call('zrem', [layout.parked, ...some]));
  calls.push(link.call('del', lists));
  for (const [exchange, row] of broadcast.rows) {
    calls.push(link.call('srem', [layout.bindingKey(exchange), row]));
  }
  // last: as long as it stands there, others finish what this one could not
  calls.push(link.call('zrem', [layout.broadcasts, broadcastMember(broadcast)]));
  await Promise.all(calls);
}

/** For so long something that its consumer's other connection has sent may come. */
const GONE_SECONDS = 60;

/** Removes a consumer's own queue for good: nothing that it sent before brings it back. */
export async function endBroadcast(
  link: RedisLink,
  layout: Layout,
  dropped: DroppedBroadcast,
): Promise<void> {
  const args = [layout.goneKey(dropped.broadcast.queue), '', 'ex', GONE_SECONDS];
  await Promise.all([link.call('set', args), dropBroadcast(link, layout, dropped)]);
}

/** A queue to remove. */
export interface DroppedBroadcast {
  readonly broadcast: BroadcastQueue;
  readonly tags: readonly string[];
  readonly isParking: boolean;
}

async function findParked(
  link: RedisLink,
  layout: Layout,
  { broadcast, lists }: { broadcast: BroadcastQueue; lists: readonly string[] },
): Promise<string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const pattern = `${PARKED_PREFIX}${broadcast.prefix}.*`;
    const args = [layout.parked, cursor, 'match', pattern, 'count', SCAN];
    const [next, flat] = (await link.call('zscan', args)) as [string, string[]];
    for (let at = 0; at < flat.length; at += 2) {
      const member = flat[at] as string;
      if (lists.includes(member.slice(member.indexOf(' ') + 1))) found.add(member);
    }
    cursor = next;
  } while (cursor !== '0');
  return [...found];
}

function* inPieces(all: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < all.length; from += SCAN) yield all.slice(from, from + SCAN);
}
