import { defineScript } from '../../drivers/redis/index.ts';
import type { Layout } from './layout.ts';

/**
 * Gives claims back to the heads of their lists, untouched.
 *
 * KEYS  unacked (hash tag -> entry), unacked_index (zset tag -> unix seconds)
 * ARGV  per claim: tag, list; those first in the list will be next out
 * reply how many there were
 */
const lua = /* lua */ `
local released = 0
for at = #ARGV - 1, 1, -2 do
  local entry = redis.call('HGET', KEYS[1], ARGV[at])
  if entry then
    redis.call('HDEL', KEYS[1], ARGV[at])
    redis.call('ZREM', KEYS[2], ARGV[at])
    redis.call('RPUSH', ARGV[at + 1], string.match(entry, '^%[(.*), "", ".*"%]$'))
    released = released + 1
  end
end
return released
`;

/** A claim and the list it came from. */
export type Release = Readonly<{ tag: string; list: string }>;

/** Releases claims; those that were lost are left alone. */
export const release = defineScript({
  lua,
  keys: ({ layout }: { layout: Layout; claims: readonly Release[] }) => [
    ...[layout.unacked, layout.unackedIndex],
  ],
  argv: ({ claims }) => claims.flatMap(({ tag, list }) => [tag, list]),
  parse: (reply) => Number(reply),
});
