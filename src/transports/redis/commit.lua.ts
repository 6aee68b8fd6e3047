import { type Arg, defineScript, successLua } from '../../drivers/redis/index.ts';
import type { ResultWrite } from '../result-write.ts';
import { buryLua } from './bury.lua.ts';
import type { Layout } from './layout.ts';

/**
 * Applies completions, each whole or not at all: the claim is given up first, and if it was another's by
 * then, only what is final of the results is stored. A claim is given up last where something
 * goes into a list, so that one that takes nothing leaves all as it was. There it stops, and says so.
 *
 * KEYS  unacked (hash tag -> entry), unacked_index (zset tag -> unix seconds)
 * ARGV  our database, then per completion:
 *       tag, settle ('a' ack, 'k' kept, 'r' requeue, 'd' dead-letter), count of writes, count of messages, the channel
 *       of who may wait for the results ('' none),
 *       for 'r' the list, for 'd' the list of dead letters and what to note (JSON),
 *       per write: '1' if final, '0' if not, and if it is no JSON 'B' or 'b'; database, TTL in ms (0 none), key, document,
 *       per message: list, payload; for one that is published the list is '', and its channel the payload's first line
 * reply how many were applied, what was wrong with the next ('' nothing, all are applied), the tags whose claim was lost
 * What is final is told on the channels of those who wait too, in lines: the documents, or the key of one that is long or no JSON.
 */
const lua = /* lua */ `
local own, selected, at, reply, tags, replies = ARGV[1], ARGV[1], 2, {0, ''}, {}, {}
local success, isFinal, isBytes = '{"status": "SUCCESS"', {['1'] = true, B = true}, {B = true, b = true}
-- the first write of a script may be refused for want of memory, later ones are not: done work must get through
redis.call('ZREM', KEYS[2], '')

${successLua}
local function write(from, channel)
  local db, ttl, key, document = ARGV[from + 1], ARGV[from + 2], ARGV[from + 3], ARGV[from + 4]
  if db ~= selected then redis.call('SELECT', db) selected = db end
  local isNew
  if ttl == '0' then isNew = redis.call('SET', key, document, 'NX')
  else isNew = redis.call('SET', key, document, 'PX', ttl, 'NX') end
  if not isNew then
    if redis.pcall('GETRANGE', key, 0, 19) == success then return end
    if isBytes[ARGV[from]] and isSuccess(key) then return end
    if ttl == '0' then redis.call('SET', key, document) else redis.call('SET', key, document, 'PX', ttl) end
  end
  redis.call('PUBLISH', key, document)
  if channel == '' or not isFinal[ARGV[from]] then return end
  local lines = replies[channel]
  if not lines then lines = {} replies[channel] = lines end
  lines[#lines + 1] = (#document > 20000 or isBytes[ARGV[from]]) and key or document
end

${buryLua}
local function apply()
  local tag, settle, writes, messages = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local channel, extra = ARGV[at + 4], at + 5
  local first = extra + (settle == 'r' and 1 or settle == 'd' and 2 or 0)
  local sends = first + 5 * writes
  at = sends + 2 * messages
  if selected ~= own then redis.call('SELECT', own) selected = own end
  local entry = (settle == 'r' or settle == 'd') and redis.call('HGET', KEYS[1], tag)
  local isHeld, isPlain = settle == 'k', settle == 'a' and messages == 0
  if isPlain then isHeld = redis.call('HDEL', KEYS[1], tag) == 1
  elseif not isHeld then isHeld = redis.call('HEXISTS', KEYS[1], tag) == 1 end
  if isHeld then
    for send = sends, at - 2, 2 do
      if ARGV[send] ~= '' then redis.call('LPUSH', ARGV[send], ARGV[send + 1])
      else redis.call('PUBLISH', string.match(ARGV[send + 1], '^([^\\n]*)\\n(.*)$')) end
    end
    local payload = entry and string.match(entry, '^%[(.*), "", ".*"%]$')
    if payload and settle == 'r' then redis.call('LPUSH', ARGV[extra], payload) end
    if payload and settle == 'd' then bury(ARGV[extra], ARGV[extra + 1], payload) end
    if settle ~= 'k' and not isPlain then redis.call('HDEL', KEYS[1], tag) end
    if settle ~= 'k' then tags[#tags + 1] = tag end
  else
    reply[#reply + 1] = tag
  end
  for from = first, sends - 5, 5 do
    if isHeld or isFinal[ARGV[from]] then write(from, channel) end
  end
  reply[1] = reply[1] + 1
end

local isDone, trouble = true, nil
while isDone and at <= #ARGV do isDone, trouble = pcall(apply) end
if not isDone then reply[2] = tostring(type(trouble) == 'table' and trouble.err or trouble) end
if selected ~= own then redis.call('SELECT', own) end
-- a worker that may not is no worse off
for channel, lines in pairs(replies) do redis.pcall('PUBLISH', channel, table.concat(lines, '\\n')) end
for from = 1, #tags, 5000 do
  redis.call('ZREM', KEYS[2], unpack(tags, from, math.min(from + 4999, #tags)))
end
return reply
`;

/** A completion in the script's own terms. */
export type Commit = Readonly<{
  tag: string;
  replyChannel: string;
  settle:
    | Readonly<{ code: 'a' | 'k' }>
    | Readonly<{ code: 'r'; list: string }>
    | Readonly<{ code: 'd'; dead: string; info: string }>;
  writes: readonly ResultWrite[];
  messages: readonly Readonly<{ list: string; payload: string }>[];
}>;

/** What to commit. */
export interface CommitInput {
  readonly layout: Layout;
  readonly db: number;
  readonly commits: readonly Commit[];
}

/** What became of them. */
export interface CommitReply {
  /** So many, from the first, are applied. */
  readonly applied: number;
  /** What was wrong with the next; '' if all are applied. */
  readonly trouble: string;
  /** The tags whose claim was lost. */
  readonly lost: readonly string[];
}

/** Commits completions, up to one that cannot be. */
export const commit = defineScript({
  lua,
  keys: ({ layout }: CommitInput) => [layout.unacked, layout.unackedIndex],
  argv({ db, commits }) {
    const args: Arg[] = [db];
    for (const { tag, replyChannel, settle, writes, messages } of commits) {
      args.push(tag, settle.code, writes.length, messages.length, replyChannel);
      if (settle.code === 'r') args.push(settle.list);
      if (settle.code === 'd') args.push(settle.dead, settle.info);
      for (const { finality, isBytes, db: theirs, ttlMs, key, document } of writes) {
        const isFinal = finality !== 'open';
        if (isBytes)
          args.push(isFinal ? 'B' : 'b', theirs, ttlMs, key, Buffer.from(document, 'latin1'));
        else args.push(isFinal ? 1 : 0, theirs, ttlMs, key, document);
      }
      for (const { list, payload } of messages) args.push(list, payload);
    }
    return args;
  },
  parse(reply): CommitReply {
    const [applied, trouble, ...lost] = reply as [number, string, ...string[]];
    return { applied, trouble, lost };
  },
});
