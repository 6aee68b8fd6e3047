import { defineScript } from '../../drivers/redis/index.ts';
import type { Layout } from './layout.ts';

/**
 * Says that a worker lives and holds these claims. Scores only grow: what was parked meanwhile has a
 * later one, and what was settled is not put back.
 *
 * KEYS  unacked_index (zset tag -> unix seconds), leases (zset tag prefix -> unix seconds)
 * ARGV  tag prefix, lease (seconds), then tags
 * reply nothing
 */
const lua = /* lua */ `
local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])
-- the first write of a script may be refused for want of memory, later ones are not: claims must live on
redis.call('ZREM', KEYS[2], '')
for from = 3, #ARGV, 2500 do
  local scores = {}
  for at = from, math.min(from + 2499, #ARGV) do
    scores[#scores + 1], scores[#scores + 2] = now, ARGV[at]
  end
  redis.call('ZADD', KEYS[1], 'XX', 'GT', unpack(scores))
end
redis.call('ZADD', KEYS[2], time[1] + ARGV[2], ARGV[1])
`;

/** Whose claims, and which. */
export interface RenewInput {
  readonly layout: Layout;
  readonly prefix: string;
  readonly leaseSeconds: number;
  readonly tags: readonly string[];
}

/** Renews claims and their worker's lease. */
export const renew = defineScript({
  lua,
  keys: ({ layout }: RenewInput) => [layout.unackedIndex, layout.leases],
  argv: ({ prefix, leaseSeconds, tags }) => [prefix, leaseSeconds, ...tags],
  parse: () => undefined,
});
