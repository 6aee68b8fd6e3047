import { defineScript } from '../../drivers/redis/index.ts';
import type { Layout } from './layout.ts';

/** A broadcast queue: one consumer's own, kept as long as that renews it, and then swept up by others. */
export interface BroadcastQueue {
  readonly queue: string;
  /** Of the tags of its consumer's claims. */
  readonly prefix: string;
  /** By which Kombu finds it: exchange, row. */
  readonly rows: readonly (readonly [exchange: string, row: string])[];
}

/** In times of the lease: an owner that is gone for longer than that finds its lists empty, swept or not. */
const TTL_LEASES = 10;

/** What is kept of a queue for those who sweep. */
export function broadcastMember({ queue, prefix, rows }: BroadcastQueue): string {
  return JSON.stringify({ queue, prefix, rows });
}

/**
 * Says that a broadcast queue's consumer lives.
 *
 * KEYS  what says that it was removed (text), broadcasts (zset what is known of a queue, JSON -> unix seconds until
 *       which it counts as alive), its lists, then the binding sets of its rows
 * ARGV  lease (seconds), TTL of the lists (seconds), what is known of the queue, count of lists, then the rows
 * reply nothing
 */
const lua = /* lua */ `
if redis.call('EXISTS', KEYS[1]) == 1 then return end -- sent before it was, and late
redis.call('ZADD', KEYS[2], redis.call('TIME')[1] + ARGV[1], ARGV[3])
local lists = tonumber(ARGV[4])
for list = 3, lists + 2 do redis.call('EXPIRE', KEYS[list], ARGV[2]) end
for row = 5, #ARGV do redis.call('SADD', KEYS[lists + row - 2], ARGV[row]) end
`;

/** Which queue is kept, and for how long. */
export interface KeptBroadcast {
  readonly layout: Layout;
  readonly broadcast: BroadcastQueue;
  readonly leaseSeconds: number;
}

/** Makes a broadcast queue, or keeps it; what was swept away meanwhile is there again, though empty. */
export const keepBroadcast = defineScript({
  lua,
  keys: ({ layout, broadcast: { queue, rows } }: KeptBroadcast) => [
    ...[layout.goneKey(queue), layout.broadcasts],
    ...layout.listKeys([queue]),
    ...rows.map(([exchange]) => layout.bindingKey(exchange)),
  ],
  argv: ({ layout, broadcast, leaseSeconds }) => [
    ...[Math.ceil(leaseSeconds), broadcastTtl(leaseSeconds), broadcastMember(broadcast)],
    layout.listKeys([broadcast.queue]).length,
    ...broadcast.rows.map(([, row]) => row),
  ],
  parse: () => undefined,
});

/** How long the lists of a broadcast queue outlive the last sign of their consumer; seconds. */
export function broadcastTtl(leaseSeconds: number): number {
  return Math.ceil(TTL_LEASES * leaseSeconds);
}
