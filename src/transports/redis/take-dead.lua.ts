import { defineScript } from '../../drivers/redis/index.ts';
import { forgetLua } from './bury.lua.ts';

/**
 * Takes dead letters out of their list, and puts those that go back into a queue at its tail, in one step. One that is
 * not in its place any more is left alone.
 *
 * KEYS  the list of payloads, the hash of their SHA-1 -> what is known, then the lists of the queue
 * ARGV  a text that is no letter's, then per letter, the first buried first: place from the oldest (1), SHA-1, which of
 *       the queue's lists (from 1; 0 none), what to put there
 * reply the SHA-1s of those that were taken
 */
const lua = /* lua */ `
for list = 3, #KEYS do
  local kind = redis.call('TYPE', KEYS[list]).ok
  if kind ~= 'list' and kind ~= 'none' then
    return redis.error_reply('WRONGTYPE queue ' .. KEYS[list] .. ' is a ' .. kind .. ', not a list')
  end
end
${forgetLua}
local taken = {}
for at = 2, #ARGV, 4 do
  local payload = redis.call('LINDEX', KEYS[1], -ARGV[at])
  if payload and redis.sha1hex(payload) == ARGV[at + 1] then
    -- what may be refused for want of memory comes first
    local list = tonumber(ARGV[at + 2])
    if list > 0 then redis.call('LPUSH', KEYS[list + 2], ARGV[at + 3]) end
    redis.call('LSET', KEYS[1], -ARGV[at], ARGV[1])
    forget(KEYS[2], ARGV[at + 1])
    taken[#taken + 1] = ARGV[at + 1]
  end
end
if #taken > 0 then redis.call('LREM', KEYS[1], 0, ARGV[1]) end
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('DEL', KEYS[2])
elseif redis.call('EXISTS', KEYS[2]) == 0 then
  -- by the hash a list is known for one of dead letters
  redis.call('HSET', KEYS[2], '', '')
  redis.call('EXPIRE', KEYS[2], 604800)
end
return taken
`;

/** Which letters to take. */
export interface TakeDeadInput {
  /** The key of their list. */
  readonly dead: string;
  readonly lists: readonly string[];
  readonly tombstone: string;
  /** The first buried first. */
  readonly letters: readonly {
    readonly place: number;
    readonly id: string;
    /** One of the lists, with what to put into it; undefined: it is deleted. */
    readonly goal?: Readonly<{ list: string; payload: Buffer }> | undefined;
  }[];
}

/** Takes dead letters. @returns the ids of those that were taken. */
export const takeDead = defineScript({
  lua,
  keys: ({ dead, lists }: TakeDeadInput) => [dead, `${dead}.info`, ...lists],
  argv: ({ tombstone, letters, lists }) => [
    tombstone,
    ...letters.flatMap(({ place, id, goal }) => {
      const list = goal ? lists.indexOf(goal.list) + 1 : 0;
      return [place, id, list, goal?.payload ?? ''];
    }),
  ],
  parse: (reply) => reply as string[],
});
