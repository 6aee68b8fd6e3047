import { defineScript } from '../../drivers/redis/index.ts';
import type { Layout } from './layout.ts';

/** How long it is remembered that a queue got a message; who listens is told of it at almost the same time. */
export const SEEN_SECONDS = 60;

/**
 * Puts what was published on a fanout channel into a queue's lists, each message once, however many consumers of
 * the queue heard it or tried.
 *
 * KEYS  the lists of the queue
 * ARGV  TTL of the lists (seconds; 0 none), before a message's SHA-1 it makes the key that says that it was seen,
 *       how long that is kept (seconds), then per message: list (from 1), payload
 * reply how many were put in
 */
const lua = /* lua */ `
local put = 0
for at = 4, #ARGV, 2 do
  if redis.call('SET', ARGV[2] .. redis.sha1hex(ARGV[at + 1]), '', 'NX', 'EX', ARGV[3]) then
    redis.call('LPUSH', KEYS[tonumber(ARGV[at])], ARGV[at + 1])
    put = put + 1
  end
end
if ARGV[1] ~= '0' then
  for list = 1, #KEYS do redis.call('EXPIRE', KEYS[list], ARGV[1]) end
end
return put
`;

/** Messages for one queue. */
export interface FanIn {
  readonly layout: Layout;
  readonly queue: string;
  readonly ttlSeconds: number;
  readonly messages: readonly { readonly list: string; readonly payload: string }[];
}

/** Puts messages into a queue's lists. @returns how many were new. */
export const fanIn = defineScript({
  lua,
  keys: ({ layout, queue }: FanIn) => layout.listKeys([queue]),
  argv({ layout, queue, ttlSeconds, messages }) {
    const lists = layout.listKeys([queue]);
    const args: (string | number)[] = [ttlSeconds, layout.seenPrefix(queue), SEEN_SECONDS];
    for (const { list, payload } of messages) args.push(lists.indexOf(list) + 1, payload);
    return args;
  },
  parse: (reply) => Number(reply),
});
