import { defineScript } from '../../drivers/redis/index.ts';
import type { Layout } from './layout.ts';
import { type ParkedHead, parseHead } from './park.lua.ts';

/**
 * Moves what is parked and due to the head of its list, what is due first next out.
 *
 * KEYS  unacked (hash tag -> entry), unacked_index (zset tag -> unix seconds),
 *       parked (zset '<tag> <list>' -> unix seconds when due)
 * ARGV  how many at most
 * reply the member that is due next, when it is due, the time (all text; unix seconds)
 */
const lua = /* lua */ `
local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])
local due = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, ARGV[1])
for place = #due, 1, -1 do
  local tag, list = string.match(due[place], '^(%S+) (.*)$')
  local entry = redis.call('HGET', KEYS[1], tag)
  redis.call('ZREM', KEYS[3], due[place])
  redis.call('ZREM', KEYS[2], tag)
  -- gone if a Python worker's sweep came first
  if entry then
    redis.call('HDEL', KEYS[1], tag)
    redis.call('RPUSH', list, string.match(entry, '^%[(.*), "", ".*"%]$'))
  end
end
local head = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
return {head[1] or '', head[2] or '', now}
`;

/** Releases up to `limit` of what is due. */
export const releaseDue = defineScript({
  lua,
  keys: ({ layout }: { layout: Layout; limit: number }) => [
    ...[layout.unacked, layout.unackedIndex, layout.parked],
  ],
  argv: ({ limit }) => [limit],
  parse: (reply): ParkedHead => parseHead(reply as string[]),
});
