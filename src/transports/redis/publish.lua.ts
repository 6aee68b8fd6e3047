import { defineScript } from '../../drivers/redis/index.ts';
import { bindingRow, entryTail, idleKey, LEASES, UNACKED, UNACKED_INDEX } from './layout.ts';

/**
 * Puts messages into their lists, all or none, unless it comes too late: a sender that gave up must not
 * see its message delivered afterwards, though its bytes lay in front of a busy server all the while.
 * Messages of an empty list that a worker of ours waits for are claimed for it here, and sent to it: that
 * saves it a round trip, and wakes nobody else.
 *
 * KEYS  unacked (hash tag -> entry), unacked_index (zset tag -> unix seconds), leases (zset tag prefix -> unix
 *       seconds), then per list: the list, its queue's idle workers (zset tag prefix -> unix seconds);
 *       then the binding sets of queues not known to be bound
 * ARGV  deadline (unix seconds), count of lists, per list its count of messages and the tail of its unacked
 *       entries, per binding set its row, then the messages of each list
 * reply '' if they are stored; past the deadline the time (unix seconds)
 * A worker is sent, on the channel celeriac.ready.<tag prefix>, in lines: the number of the first tag, the list,
 * and the messages (which have no line breaks, as we write them).
 */
const lua = /* lua */ `
local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])
if tonumber(now) > tonumber(ARGV[1]) then return now end
local lists = tonumber(ARGV[2])
local sets = 3 + 2 * lists
local at = 2 * lists + #KEYS - sets + 3
for list = 1, lists > 1 and lists or 0 do
  local key = KEYS[2 + 2 * list]
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'list' and kind ~= 'none' then
    return redis.error_reply('WRONGTYPE queue ' .. key .. ' is a ' .. kind .. ', not a list')
  end
end

-- claims for one waiting worker; returns how many it took. Large ones would overflow its connection
local function give(prefix, idle, list, tail, from, last)
  local channel = 'celeriac.ready.' .. prefix
  local ready = redis.call('GETDEL', channel)
  if not ready then return 0 end
  local first, count, lease = string.match(ready, '(%d+) (%d+) (%d+)')
  last = math.min(from + count - 1, last)
  local entries, scores, tags, size = {}, {}, {}, 0
  for place = from, last do
    size = size + #ARGV[place]
    if size > 1000000 then last = place - 1 break end
    local tag = prefix .. '.' .. string.format('%.0f', first + place - from)
    tags[#tags + 1] = tag
    entries[#entries + 1], entries[#entries + 2] = tag, '[' .. ARGV[place] .. tail
    scores[#scores + 1], scores[#scores + 2] = now, tag
  end
  -- what cannot be kept as a claim waits in its list
  if type(redis.pcall('HSET', KEYS[1], unpack(entries))) == 'table' then return 0 end
  local text = first .. '\\n' .. list .. '\\n' .. table.concat(ARGV, '\\n', from, last)
  if redis.call('PUBLISH', channel, text) == 0 then
    redis.call('HDEL', KEYS[1], unpack(tags)) -- it is gone
    return 0
  end
  redis.call('ZADD', KEYS[2], unpack(scores))
  redis.call('ZADD', KEYS[3], time[1] + lease, prefix)
  if #tags < tonumber(count) then
    local rest = string.format('%.0f %d %s', first + #tags, count - #tags, lease)
    redis.call('SET', channel, rest, 'EX', lease)
    redis.call('ZADD', idle, now, prefix)
  end
  return #tags
end

for place = 1, lists do
  local list, idle = KEYS[2 + 2 * place], KEYS[3 + 2 * place]
  local last, tail = at + ARGV[2 * place + 1] - 1, ARGV[2 * place + 2]
  for _ = 1, 20 do
    if at > last or #ARGV[at] > 1000000 then break end
    local waiting = redis.call('ZPOPMIN', idle)
    if not waiting[1] then break end
    -- what waits already goes first
    if redis.call('EXISTS', list) == 1 then redis.call('ZADD', idle, waiting[2], waiting[1]) break end
    at = at + give(waiting[1], idle, list, tail, at, last)
  end
  for from = at, last, 5000 do
    redis.call('LPUSH', list, unpack(ARGV, from, math.min(from + 4999, last)))
  end
  at = last + 1
end
for set = sets + 1, #KEYS do redis.call('SADD', KEYS[set], ARGV[2 * lists + set - sets + 2]) end
return ''
`;

/** Messages of one list, and the queue that it is a part of. */
export interface ListMessages {
  readonly list: string;
  readonly queue: string;
  readonly payloads: readonly string[];
}

/** Messages by list, and the queues to bind. */
export interface PublishInput {
  readonly deadlineSeconds: number;
  readonly lists: readonly ListMessages[];
  readonly unbound: readonly string[];
}

/** Publishes messages. @returns undefined, or the server's clock in seconds if it came too late. */
export const publish = defineScript({
  lua,
  keys({ lists, unbound }: PublishInput) {
    const keys = [UNACKED, UNACKED_INDEX, LEASES];
    for (const { list, queue } of lists) keys.push(list, idleKey(queue));
    for (const queue of unbound) keys.push(bindingRow(queue)[0]);
    return keys;
  },
  argv({ deadlineSeconds, lists, unbound }) {
    const args: (string | number)[] = [deadlineSeconds, lists.length];
    for (const { payloads, queue } of lists) args.push(payloads.length, entryTail(queue));
    for (const queue of unbound) args.push(bindingRow(queue)[1]);
    for (const { payloads } of lists) for (const payload of payloads) args.push(payload);
    return args;
  },
  parse: (reply) => (reply === '' ? undefined : Number(reply)),
});
