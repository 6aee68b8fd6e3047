import { defineScript, type RedisLink, type ReplyEncoding } from '../../drivers/redis/index.ts';
import type { ChordPlace } from '../../protocol/index.ts';

/**
 * Reads all that is kept of a chord at one instant.
 *
 * KEYS  its group; with `.s`, `.t`, `.ids` and `.j` behind it what `chordLua` keeps
 * ARGV  none
 * reply the saved group, the size, how many parts more, the text `over` (each nil if it is not there), then the parts in their order
 */
const lua = /* lua */ `
local key, reply = KEYS[1], redis.call('MGET', unpack(KEYS, 1, 4))
local kind = redis.call('TYPE', KEYS[5]).ok
local parts = kind == 'zset' and redis.call('ZRANGE', KEYS[5], 0, -1)
  or kind == 'list' and redis.call('LRANGE', KEYS[5], 0, -1) or {}
reply[5] = parts
return reply
`;

/** What is kept, undecoded. */
export interface ReadReply {
  readonly group: string | undefined;
  readonly size: number | undefined;
  readonly members: readonly string[];
}

type Text = string | null;
type Reply = readonly [group: Text, size: Text, more: Text, over: Text, members: string[]];

const scripts = { utf8: define('utf8'), latin1: define('latin1') };

/** Reads a chord. @param encoding - of its parts, and of its group. */
export function readChord(
  link: RedisLink,
  place: ChordPlace,
  encoding: ReplyEncoding,
): Promise<ReadReply> {
  return scripts[encoding](link, place);
}

function define(encoding: ReplyEncoding) {
  return defineScript({
    lua,
    keys: ({ key }: ChordPlace) => [key, `${key}.s`, `${key}.t`, `${key}.ids`, `${key}.j`],
    argv: () => [],
    encoding,
    parse(reply): ReadReply {
      const [group, size, more, over, members] = reply as Reply;
      const isKnown = size !== null && over === null;
      return {
        group: group ?? undefined,
        size: isKnown ? Number(size) + Number(more ?? 0) : undefined,
        members,
      };
    },
  });
}
