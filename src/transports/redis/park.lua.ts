import { defineScript } from '../../drivers/redis/index.ts';
import { type Layout, PARKED_PREFIX } from './layout.ts';

/**
 * Lays claims aside until they are due. They stay claims, under a tag that no worker holds and that says
 * when they are due; their score makes a Python worker's sweep, which knows nothing of ours, release them then.
 *
 * KEYS  unacked (hash tag -> entry), unacked_index (zset tag -> unix seconds),
 *       parked (zset '<tag> <list>' -> unix seconds when due)
 * ARGV  visibility timeout (seconds), then per claim: tag, due (unix seconds), list, its entry or '' for as it is
 * reply the member that is due first, when it is due, the time (all text; unix seconds)
 * A claim that was lost is left alone.
 */
const lua = /* lua */ `
for at = 2, #ARGV, 4 do
  local tag, due, list, entry = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local old = redis.call('HGET', KEYS[1], tag)
  if old then
    local parked = '${PARKED_PREFIX}' .. tag .. '@' .. due
    redis.call('HDEL', KEYS[1], tag)
    redis.call('HSET', KEYS[1], parked, entry == '' and old or entry)
    redis.call('ZREM', KEYS[2], tag)
    redis.call('ZADD', KEYS[2], due - ARGV[1], parked)
    redis.call('ZADD', KEYS[3], due, parked .. ' ' .. list)
  end
end
local time, head = redis.call('TIME'), redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
return {head[1] or '', head[2] or '', string.format('%d.%06d', time[1], time[2])}
`;

/** What is due first of all that is parked, by whomever. */
export interface ParkedHead {
  /** Undefined if nothing is parked. */
  readonly first: { readonly member: string; readonly inMs: number } | undefined;
}

/** Reads `member, due, now` as scripts reply it. */
export function parseHead([member, due, now]: readonly string[]): ParkedHead {
  if (!member) return { first: undefined };
  return { first: { member, inMs: (Number(due) - Number(now)) * 1000 } };
}

/** A claim to lay aside; `entry` is the new one of `unacked`, '' to keep it. */
export type Park = Readonly<{ tag: string; dueSeconds: number; list: string; entry: string }>;

/** What to park. */
export interface ParkInput {
  readonly layout: Layout;
  readonly visibilitySeconds: number;
  readonly parks: readonly Park[];
}

/** Parks claims. */
export const park = defineScript({
  lua,
  keys: ({ layout }: ParkInput) => [layout.unacked, layout.unackedIndex, layout.parked],
  argv: ({ visibilitySeconds, parks }) => [
    visibilitySeconds,
    ...parks.flatMap(({ tag, dueSeconds, list, entry }) => [tag, dueSeconds, list, entry]),
  ],
  parse: (reply) => parseHead(reply as string[]),
});
