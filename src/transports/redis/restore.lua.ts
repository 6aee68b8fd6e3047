import { defineScript } from '../../drivers/redis/index.ts';
import { buryLua } from './bury.lua.ts';
import type { Layout } from './layout.ts';

/**
 * Takes a claim away from a worker that is gone, if it is still as it was seen: of those who sweep at once
 * only one succeeds, and a claim renewed meanwhile stays where it is.
 *
 * KEYS  unacked (hash tag -> entry), unacked_index (zset tag -> unix seconds), then the lists to put it in, none to
 *       drop it; for a dead letter its list and the hash of what is known of it
 * ARGV  tag, score seen ('' none), payload, what to note of a dead letter (JSON; '' if it is none)
 * reply 1 if it was taken
 */
const lua = /* lua */ `
${buryLua}
if (redis.call('ZSCORE', KEYS[2], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
if ARGV[4] == '' then
  for list = 3, #KEYS do redis.call('RPUSH', KEYS[list], ARGV[3]) end
  return 1
end
bury(KEYS[3], ARGV[4], ARGV[3])
return 1
`;

/** A claim as it was seen and what is to become of it. */
export type Restoration = Readonly<{ tag: Buffer; score: string; payload: Buffer }> &
  (
    | Readonly<{ kind: 'restore' | 'drop'; lists: readonly string[] }>
    | Readonly<{ kind: 'bury'; queue: string; dead: string; reason: string; info: string }>
  );

/** Restores a claim, buries it, or drops it. @returns whether it was still there to be taken. */
export const restore = defineScript({
  lua,
  keys: ({ layout, ...input }: Restoration & { readonly layout: Layout }) => [
    ...[layout.unacked, layout.unackedIndex],
    ...(input.kind === 'bury' ? [input.dead, `${input.dead}.info`] : input.lists),
  ],
  argv: (input) => [
    ...[input.tag, input.score, input.payload],
    input.kind === 'bury' ? input.info : '',
  ],
  parse: (reply) => reply === 1,
});
