import { defineScript } from '../../drivers/redis/index.ts';
import { parseBroadcast } from './broadcasts.ts';
import type { BroadcastQueue } from './keep-broadcast.lua.ts';
import type { Layout } from './layout.ts';
import { type ParkedHead, parseHead } from './park.lua.ts';

/**
 * Looks whether there is something to sweep up. Changes nothing.
 *
 * KEYS  unacked_index (zset tag -> unix seconds), leases (zset tag prefix -> unix seconds),
 *       parked (zset '<tag> <list>' -> unix seconds when due), broadcasts (zset what is known of a queue -> unix seconds)
 * ARGV  visibility timeout (seconds)
 * reply expired prefixes, how many claims are out of date, broadcast queues without a consumer, the first parked member, when it is due, the time
 */
const lua = /* lua */ `
local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])
local head = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
return {
  redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100),
  redis.call('ZCOUNT', KEYS[1], '-inf', now - ARGV[1]),
  redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now, 'LIMIT', 0, 100),
  head[1] or '', head[2] or '', now
}
`;

/** What a sweep has to do. */
export interface Survey {
  readonly deadPrefixes: readonly string[];
  readonly outdated: number;
  /** Broadcast queues whose consumer is gone. */
  readonly lostBroadcasts: readonly BroadcastQueue[];
  /** Claims with a score up to this are out of date; as the server writes it. */
  readonly nowSeconds: number;
  readonly parked: ParkedHead;
}

/** Surveys claims, leases and what is parked. */
export const survey = defineScript({
  lua,
  keys: ({ layout }: { layout: Layout; visibilitySeconds: number }) => [
    ...[layout.unackedIndex, layout.leases, layout.parked, layout.broadcasts],
  ],
  argv: ({ visibilitySeconds }) => [visibilitySeconds],
  parse(reply): Survey {
    const [deadPrefixes, outdated, lost, ...head] = reply as [
      ...[string[], number, string[]],
      ...string[],
    ];
    const lostBroadcasts = lost.map(parseBroadcast);
    const nowSeconds = Number(head[2]);
    return { deadPrefixes, outdated, lostBroadcasts, nowSeconds, parked: parseHead(head) };
  },
});
