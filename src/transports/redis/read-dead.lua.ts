import { defineScript } from '../../drivers/redis/index.ts';

/**
 * Reads some of a queue's dead letters. Their places count from the oldest, 1: what is buried meanwhile does not change
 * them. It looks at a few hundred at a time, fewer where they are large, so that others are not kept waiting. A list
 * without such a hash is none of dead letters: a queue may be called like one.
 *
 * KEYS  the list of payloads, the hash of their SHA-1 -> what is known
 * ARGV  place to begin at (0: the newest), step (1 to newer ones, -1 to older ones), place to end with (0: the newest),
 *       how many to find, 1 to have their payloads too, then the only SHA-1s to find, none for all
 * reply flat list: the next place to look at (0 none), then per letter: place, SHA-1, size, what is known, payload or ''
 */
const lua = /* lua */ `
if redis.call('EXISTS', KEYS[2]) == 0 then return {0} end
local newest, bytes, seen = redis.call('LLEN', KEYS[1]), 0, 0
local place, step, last = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local left, wanted, reply = tonumber(ARGV[4]), #ARGV > 5 and {}, {0}
for at = 6, #ARGV do wanted[ARGV[at]] = true end
if place == 0 or step < 0 and place > newest then place = newest end
if last == 0 or last > newest then last = newest end
while (last - place) * step >= 0 and place > 0 do
  if left == 0 or seen == 200 or bytes > 4000000 then reply[1] = place break end
  local payload = redis.call('LINDEX', KEYS[1], -place)
  local sha = redis.sha1hex(payload)
  if not wanted or wanted[sha] then
    local at = #reply
    reply[at + 1], reply[at + 2], reply[at + 3] = place, sha, #payload
    reply[at + 4] = redis.call('HGET', KEYS[2], sha) or ''
    reply[at + 5] = ARGV[5] == '1' and payload or ''
    left = left - 1
  end
  place, seen, bytes = place + step, seen + 1, bytes + #payload
end
return reply
`;

/** Which dead letters to read. */
export interface ReadDeadInput {
  /** The key of the list. */
  readonly dead: string;
  readonly place: number;
  readonly step: 1 | -1;
  readonly last: number;
  readonly limit: number;
  readonly isWhole: boolean;
  readonly ids?: readonly string[] | undefined;
}

/** A dead letter as the server has it. */
export interface StoredLetter {
  readonly place: number;
  readonly id: string;
  readonly size: number;
  /** JSON, '' if nothing is known. */
  readonly note: string;
  /** A character for each byte; '' if not asked for. */
  readonly payload: string;
}

/** Some dead letters, and where to go on; 0: nowhere. */
export type ReadDeadReply = Readonly<{ next: number; letters: readonly StoredLetter[] }>;

/** Reads dead letters. */
export const readDead = defineScript({
  lua,
  encoding: 'latin1',
  keys: ({ dead }: ReadDeadInput) => [dead, `${dead}.info`],
  argv: ({ place, step, last, limit, isWhole, ids = [] }) => [
    ...[place, step, last, limit, isWhole ? 1 : 0],
    ...ids,
  ],
  parse(reply): ReadDeadReply {
    const [next, ...rest] = reply as [number, ...unknown[]];
    const letters: StoredLetter[] = [];
    for (let at = 0; at < rest.length; at += 5) {
      const fields = rest.slice(at, at + 5) as [number, string, number, string, string];
      const [place, id, size, note, payload] = fields;
      letters.push({ place, id, size, note: Buffer.from(note, 'latin1').toString(), payload });
    }
    return { next, letters };
  },
});
