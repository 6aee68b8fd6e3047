import { defineScript } from '../../drivers/redis/index.ts';
import { bindingRow } from './layout.ts';

/**
 * Puts messages into their lists, all or none, unless it comes too late: a sender that gave up must not
 * see its message delivered afterwards, though its bytes lay in front of a busy server all the while.
 *
 * KEYS  the lists, then the binding sets of queues not known to be bound
 * ARGV  deadline (unix seconds), count of lists, per list its count of messages, per binding set its row,
 *       then the messages of each list
 * reply '' if they are stored; past the deadline the time (unix seconds)
 */
const lua = /* lua */ `
local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])
if tonumber(now) > tonumber(ARGV[1]) then return now end
local lists, at = tonumber(ARGV[2]), #KEYS + 3
for list = 1, lists > 1 and lists or 0 do
  local kind = redis.call('TYPE', KEYS[list]).ok
  if kind ~= 'list' and kind ~= 'none' then
    return redis.error_reply('WRONGTYPE queue ' .. KEYS[list] .. ' is a ' .. kind .. ', not a list')
  end
end
for list = 1, lists do
  local last = at + ARGV[list + 2] - 1
  for from = at, last, 5000 do
    redis.call('LPUSH', KEYS[list], unpack(ARGV, from, math.min(from + 4999, last)))
  end
  at = last + 1
end
for set = lists + 1, #KEYS do redis.call('SADD', KEYS[set], ARGV[set + 2]) end
return ''
`;

/** Messages by list, and the queues to bind. */
export interface PublishInput {
  readonly deadlineSeconds: number;
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly unbound: readonly string[];
}

/** Publishes messages. @returns undefined, or the server's clock in seconds if it came too late. */
export const publish = defineScript({
  lua,
  keys: ({ lists, unbound }: PublishInput) => [
    ...lists.keys(),
    ...unbound.map((queue) => bindingRow(queue)[0]),
  ],
  argv({ deadlineSeconds, lists, unbound }) {
    const args: (string | number)[] = [deadlineSeconds, lists.size];
    for (const payloads of lists.values()) args.push(payloads.length);
    for (const queue of unbound) args.push(bindingRow(queue)[1]);
    for (const payloads of lists.values()) for (const payload of payloads) args.push(payload);
    return args;
  },
  parse: (reply) => (reply === '' ? undefined : Number(reply)),
});
