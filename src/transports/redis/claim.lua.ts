import { defineScript } from '../../drivers/redis/index.ts';
import type { Overtaken } from '../fairness.ts';
import { buryLua } from './bury.lua.ts';
import { entryTail, firstAwaited, type Layout } from './layout.ts';

/**
 * Moves up to `limit` messages from the queues into the unacked set, in one step: at no instant is a
 * message known to a process only, so no crash can lose it. What cannot be a message goes to the dead
 * letters: a Python worker's sweep would crash on it.
 *
 * KEYS  unacked (hash tag -> JSON [payload, exchange, routing key]), unacked_index (zset tag -> unix seconds),
 *       leases (zset tag prefix -> unix seconds), what the worker waits for (text), then the queue lists in the
 *       order to try them
 * ARGV  limit, tag prefix, number of the first tag, lease (seconds), deadline (unix seconds) after which
 *       nobody waits for this, what to note of a dead letter (JSON), how many to take from lower steps first, the
 *       one of them that was served last (from 1), then per queue the list of its dead letters and the JSON tail of
 *       its unacked entry
 * reply flat list: of each payload turned away its list (from 0), the error of a list that cannot be read, what the worker waited for if
 *       something was found ('' nothing, or it was handed over), the lower step served last, how many went before
 *       messages that still wait in a lower step, then per message: list (from 0), payload; past the deadline -1,
 *       the time (unix seconds)
 * Tags are `<prefix>.<number>`, counted up. The layout is Kombu's (`QoS.append` in `kombu/transport/redis.py`).
 */
const lua = /* lua */ `
local left, number, queues = tonumber(ARGV[1]), tonumber(ARGV[3]), (#ARGV - 8) / 2
local overtaken, turn, lower = tonumber(ARGV[7]), tonumber(ARGV[8]), (#KEYS - 4) / queues - 1
local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])
local reply = {{}, '', '', turn, 0}
if tonumber(now) > tonumber(ARGV[5]) then return {-1, now} end

${buryLua}
local function keep(payloads, list)
  local tail = ARGV[10 + 2 * (list % queues)]
  local entries, scores = {}, {}
  for _, payload in ipairs(payloads) do
    if string.byte(payload, 1) == 123 and string.byte(payload, -1) == 125 then
      local tag = ARGV[2] .. '.' .. number
      number, left = number + 1, left - 1
      -- spliced in as bytes: cjson would write an empty list back as {}
      entries[#entries + 1], entries[#entries + 2] = tag, '[' .. payload .. tail
      scores[#scores + 1], scores[#scores + 2] = now, tag
      reply[#reply + 1], reply[#reply + 2] = list, payload
    else
      bury(ARGV[9 + 2 * (list % queues)], ARGV[6], payload)
      reply[1][#reply[1] + 1] = list
    end
  end
  if #entries == 0 then return end
  local done = redis.pcall('HSET', KEYS[1], unpack(entries))
  if type(done) == 'number' then redis.call('ZADD', KEYS[2], unpack(scores)) return end
  -- what cannot be kept goes back, or it would be lost
  for at = #reply, #reply - #entries + 2, -2 do redis.call('RPUSH', KEYS[list + 5], reply[at]) end
  for at = #reply, #reply - #entries + 1, -1 do reply[at] = nil end
  reply[2], left = KEYS[1] .. ': ' .. done.err, 0
end

local function take(list, count)
  -- a list that cannot be read must not undo what was taken from the others
  local payloads = redis.pcall('RPOP', KEYS[list + 5], count)
  if payloads and payloads.err then reply[2] = KEYS[list + 5] .. ': ' .. payloads.err end
  if not payloads or payloads.err then return 0 end
  keep(payloads, list)
  return #payloads
end

local function takeFrom(step)
  for list = step * queues, step * queues + queues - 1 do
    if take(list, 1) > 0 then reply[4] = step return true end
  end
end

for _ = 1, lower > 0 and overtaken or 0 do
  local from, found = reply[4], false
  for offset = 0, lower - 1 do found = found or left > 0 and takeFrom(1 + (from + offset) % lower) end
  if not found then break end
end
local count, last = left, 0
for list = 0, #KEYS - 5 do
  repeat
    if left == 0 then break end
    local most = math.min(left, 2000) -- what fits into one call
    local taken = take(list, most)
    if taken > 0 then last = list end
  until taken < most
end
if left == 0 and count > 0 then
  local below = (math.floor(last / queues) + 1) * queues + 5
  if below <= #KEYS and redis.call('EXISTS', unpack(KEYS, below)) > 0 then reply[5] = count end
end
if #reply > 5 then
  redis.call('ZADD', KEYS[3], time[1] + ARGV[4], ARGV[2])
  reply[3] = redis.call('GETDEL', KEYS[4]) or '' -- it has something to do
end
return reply
`;

/** What to claim, from where, and under which names. */
export interface ClaimInput {
  readonly layout: Layout;
  readonly queues: readonly string[];
  readonly limit: number;
  readonly prefix: string;
  readonly first: number;
  readonly leaseSeconds: number;
  readonly deadlineSeconds: number;
  readonly deadInfo: string;
  /** What to take first, so that nothing starves. */
  readonly overtaken: Overtaken;
  /** The list that a queue's dead letters are kept in. */
  readonly deadKeyOf: (queue: string) => string;
}

/** What a claim brought. */
export interface ClaimReply {
  /** Set if the claim came too late and did nothing: the server's clock in seconds. */
  readonly lateAt: number | undefined;
  /** The queue of each entry that cannot be a message. */
  readonly turnedAway: readonly string[];
  /** What was wrong with a list, '' if nothing was. */
  readonly trouble: string;
  /** The first number of what it waited for, if that is over now. */
  readonly withdrawn: number | undefined;
  /** See `Fairness`. */
  readonly turn: number;
  readonly overtook: number;
  /** The n-th has the tag `<prefix>.<first + n>`. */
  readonly messages: readonly {
    readonly list: string;
    readonly queue: string;
    readonly payload: string;
  }[];
}

/** Claims messages; a queue's lists are named by its place in `queues`. */
export const claim = defineScript({
  lua,
  keys: ({ layout, queues, prefix }: ClaimInput) => [
    ...[layout.unacked, layout.unackedIndex, layout.leases, layout.readyKey(prefix)],
    ...layout.listKeys(queues),
  ],
  argv: (input) => [
    ...[input.limit, input.prefix, input.first, input.leaseSeconds],
    ...[input.deadlineSeconds, input.deadInfo, input.overtaken.count, input.overtaken.turn],
    ...input.queues.flatMap((queue) => [input.deadKeyOf(queue), entryTail(queue)]),
  ],
  parse(reply, { layout, queues }): ClaimReply {
    const [turned, trouble, waited, turn = 0, overtook = 0, ...rest] = reply as [
      ...[number[] | -1, string, string, number, number],
      ...unknown[],
    ];
    const lists = layout.listKeys(queues);
    const lateAt = turned === -1 ? Number(trouble) : undefined;
    const queueAt = (place: number) => queues[place % queues.length] as string;
    const turnedAway = turned === -1 ? [] : turned.map(queueAt);
    const messages: ClaimReply['messages'][number][] = [];
    for (let at = 0; at < rest.length; at += 2) {
      const place = rest[at] as number;
      messages.push({
        list: lists[place] as string,
        queue: queueAt(place),
        payload: rest[at + 1] as string,
      });
    }
    const withdrawn = firstAwaited(waited);
    return { lateAt, turnedAway, trouble, withdrawn, turn, overtook, messages };
  },
});
