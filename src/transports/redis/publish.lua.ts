import { defineScript } from '../../drivers/redis/index.ts';
import { entryTail, type Layout } from './layout.ts';

/**
 * Puts messages into their lists, all or none, unless it comes too late: a sender that gave up must not
 * see its message delivered afterwards, though its bytes lay in front of a busy server all the while.
 * Messages of an empty list that a worker of ours waits for (`wait.lua.ts`) are claimed for it here, and sent to
 * it: that saves it a round trip, and wakes nobody else. What is too large for its connection's buffer is not.
 *
 * KEYS  the lists; with handing over then per list its queue's idle workers (list of tag prefixes, next first),
 *       unacked (hash tag -> entry), unacked_index (zset tag -> unix seconds), leases (zset tag prefix -> unix
 *       seconds); then the binding sets of the exchanges of queues not known to be bound
 * ARGV  deadline (unix seconds), count of lists, count of binding sets, count of posts (messages to fanout exchanges),
 *       what a prefix follows in the key and channel of a worker that waits, per list its count of messages and the
 *       tail of its unacked entries, per binding set its row, per post its channel and the message, then the messages
 *       of each list
 * reply '' if they are stored; past the deadline the time (unix seconds)
 * A worker is sent, on the channel that is named like the key of what it would take, in lines: the number of the first tag, the list,
 * and the messages (which have no line breaks, as we write them).
 */
const lua = /* lua */ `
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
if now > tonumber(ARGV[1]) then return string.format('%.6f', now) end
local lists, sets, posts = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local at, largest, mayGive = 2 * lists + sets + 6, 100000, #KEYS > lists + sets
for list = 1, lists + posts > 1 and lists or 0 do
  local kind = redis.call('TYPE', KEYS[list]).ok
  if kind ~= 'list' and kind ~= 'none' then
    return redis.error_reply('WRONGTYPE queue ' .. KEYS[list] .. ' is a ' .. kind .. ', not a list')
  end
end

-- claims for one waiting worker; returns how many it took, and whether it waits for more
local function give(prefix, place, from, last)
  local channel, unacked = ARGV[5] .. prefix, KEYS[2 * lists + 1]
  -- a monitor that listens to everything is no worker
  local listening = redis.pcall('PUBSUB', 'NUMSUB', channel)
  if listening.err then mayGive = false return 0, true end -- not for this sender
  local ready = redis.pcall('GETDEL', channel)
  if type(ready) ~= 'string' or listening[2] == 0 then return 0 end
  local first, count, lease = string.match(ready, '(%d+) (%d+) (%d+)')
  last = math.min(from + count - 1, last)
  local entries, scores, tags, size = {}, {}, {}, 0
  local score = string.format('%.6f', now)
  for message = from, last do
    size = size + #ARGV[message]
    if size > largest then last = message - 1 break end
    local tag = prefix .. '.' .. string.format('%.0f', first + message - from)
    tags[#tags + 1] = tag
    entries[#entries + 1], entries[#entries + 2] = tag, '[' .. ARGV[message] .. ARGV[2 * place + 5]
    scores[#scores + 1], scores[#scores + 2] = score, tag
  end
  -- what cannot be kept as a claim waits in its list
  if type(redis.pcall('HSET', unacked, unpack(entries))) == 'table' then return 0 end
  local text = first .. '\\n' .. KEYS[place] .. '\\n' .. table.concat(ARGV, '\\n', from, last)
  if type(redis.pcall('PUBLISH', channel, text)) == 'table' then
    redis.call('HDEL', unacked, unpack(tags))
    redis.call('SET', channel, ready, 'EX', lease)
    mayGive = false
    return 0, true
  end
  redis.call('ZADD', KEYS[2 * lists + 2], unpack(scores))
  redis.call('ZADD', KEYS[2 * lists + 3], time[1] + lease, prefix)
  if #tags == tonumber(count) then return #tags end
  redis.call('SET', channel, string.format('%.0f %d %s', first + #tags, count - #tags, lease), 'EX', lease)
  return #tags, true
end

local post = at
at = at + 2 * posts
for list = 1, lists do
  local last = at + ARGV[2 * list + 4] - 1
  for _ = 1, 20 do
    if not mayGive or at > last or #ARGV[at] > largest then break end
    local idle = redis.call('LMOVE', KEYS[lists + list], KEYS[lists + list], 'LEFT', 'RIGHT')
    -- what waits already goes first
    if not idle or redis.call('EXISTS', KEYS[list]) == 1 then break end
    local taken, isWaiting = give(idle, list, at, last)
    if not isWaiting then redis.call('LREM', KEYS[lists + list], -1, idle) end
    at = at + taken
  end
  for from = at, last, 5000 do
    redis.call('LPUSH', KEYS[list], unpack(ARGV, from, math.min(from + 4999, last)))
  end
  at = last + 1
end
-- after all that may be refused for want of memory; if this is, for want of rights, nothing stays in the lists
for at = post, post + 2 * posts - 2, 2 do
  local heard = redis.pcall('PUBLISH', ARGV[at], ARGV[at + 1])
  if type(heard) == 'table' then
    for list = 1, lists do redis.pcall('LPOP', KEYS[list], ARGV[2 * list + 4]) end
    return heard
  end
end
for set = 1, sets do redis.call('SADD', KEYS[#KEYS - sets + set], ARGV[2 * lists + set + 5]) end
return ''
`;

/** Messages of one list, and the queue that it is a part of. */
export interface ListMessages {
  readonly list: string;
  readonly queue: string;
  readonly payloads: readonly string[];
}

/** A message to a fanout exchange, and its channel. */
export interface Post {
  readonly channel: string;
  readonly payload: string;
}

/** A row of the bindings of an exchange. */
export interface BindingRow {
  readonly exchange: string;
  readonly row: string;
}

/** Messages by list, and the bindings to make sure of. */
export interface PublishInput {
  readonly layout: Layout;
  readonly deadlineSeconds: number;
  readonly lists: readonly ListMessages[];
  readonly rows: readonly BindingRow[];
  readonly posts: readonly Post[];
  /** Whether to look for workers that wait; it takes more rights than to store. */
  readonly isHandingOver: boolean;
}

/** Publishes messages. @returns undefined, or the server's clock in seconds if it came too late. */
export const publish = defineScript({
  lua,
  keys({ layout, lists, rows, isHandingOver }: PublishInput) {
    const keys = lists.map(({ list }) => list);
    if (isHandingOver) {
      for (const { queue } of lists) keys.push(layout.idleKey(queue));
      keys.push(layout.unacked, layout.unackedIndex, layout.leases);
    }
    for (const { exchange } of rows) keys.push(layout.bindingKey(exchange));
    return keys;
  },
  argv({ layout, deadlineSeconds, lists, rows, posts }) {
    const counts = [lists.length, rows.length, posts.length];
    const args: (string | number)[] = [deadlineSeconds, ...counts, layout.readyPrefix];
    for (const { payloads, queue } of lists) args.push(payloads.length, entryTail(queue));
    for (const { row } of rows) args.push(row);
    for (const { channel, payload } of posts) args.push(channel, payload);
    for (const { payloads } of lists) for (const payload of payloads) args.push(payload);
    return args;
  },
  parse: (reply) => (reply === '' ? undefined : Number(reply)),
});
