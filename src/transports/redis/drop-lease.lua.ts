import { defineScript } from '../../drivers/redis/index.ts';
import type { Layout } from './layout.ts';

/**
 * Ends a worker's lease unless it was renewed lately.
 *
 * KEYS  leases (zset tag prefix -> unix seconds)
 * ARGV  tag prefix, seconds: it stays if it holds for longer than this
 * reply 1 if the worker has no lease now
 */
const lua = /* lua */ `
local until_ = redis.call('ZSCORE', KEYS[1], ARGV[1])
if until_ and until_ - redis.call('TIME')[1] > tonumber(ARGV[2]) then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
return 1
`;

/** Ends a lease that holds for `seconds` at most. @returns whether there is none now. */
export const dropLease = defineScript({
  lua,
  keys: ({ layout }: { layout: Layout; prefix: string; seconds: number }) => [layout.leases],
  argv: ({ prefix, seconds }) => [prefix, seconds],
  parse: (reply) => reply === 1,
});
