import {
  type Arg,
  ChordRows,
  chordLua,
  completeIn,
  defineScript,
  pushEnd,
  pushOpening,
  pushPart,
  pushWrite,
  writeLua,
} from '../../drivers/redis/index.ts';
import type { ChordPlace } from '../../protocol/index.ts';
import type { Committed } from '../chord-news.ts';
import type { Completion } from '../transport.ts';
import { buryLua } from './bury.lua.ts';
import type { Layout } from './layout.ts';

/**
 * Applies completions, each whole or not at all: the claim is given up first, and if it was another's by
 * then, only what is final of the results is stored. A claim is given up last where something
 * goes into a list or counts in a chord, so that one that takes nothing leaves all as it was. There it stops, and says so:
 * then it is to be tried again, or without its messages. What counts in a chord may be counted again, but a message sent twice
 * is a task run twice: messages come after it, once it is known that they find lists.
 *
 * KEYS  unacked (hash tag -> entry), unacked_index (zset tag -> unix seconds)
 * ARGV  our database, count of rows, then per completion:
 *       tag, settle ('a' ack, 'k' kept, 'r' requeue, 'd' dead-letter, 'f' fire a chord; with a '+' if it counts in chords),
 *       count of writes, count of messages, the channel of who may wait for the results ('' none),
 *       for 'r' the list, for 'd' the list of dead letters and what to note (JSON), for 'f' five as `pushEnd` has them,
 *       with a '+' the counts of openings and of parts, and of the arguments of both,
 *       per write five as `pushWrite` has them,
 *       per message: list, payload; for one that is published the list is '', and its channel the payload's first line,
 *       the openings and the parts, as `pushOpening` and `pushPart` have them;
 *       in the end the rows of `ChordRows`
 * reply how many were applied, what was wrong with the next ('' nothing, all are applied; behind a 'c' if that was met with what
 *       is kept of chords, else an 'm'; in place of the former a pair of it and the chord's key), the tags whose claim was lost, and
 *       for each chord that is complete now a pair of its key and what is told of it
 * What is final is told on the channels of those who wait too, in lines: the documents, or the key of one that is long or no JSON.
 */
const lua = /* lua */ `
local at, reply, tags, replies = 3, {0, ''}, {}, {}
-- the first write of a script may be refused for want of memory, later ones are not: done work must get through
redis.call('ZREM', KEYS[2], '')

${writeLua}
local function write(from, channel)
  if not store(from) or channel == '' or not isFinal[ARGV[from]] then return end
  local lines, document = replies[channel], ARGV[from + 4]
  if not lines then lines = {} replies[channel] = lines end
  lines[#lines + 1] = (#document > 20000 or isBytes[ARGV[from]]) and ARGV[from + 3] or document
end

${chordLua}
${buryLua}
local extras, isCounting = {a = 0, k = 0, r = 1, d = 2, f = 5}, false
local function apply()
  local tag, settle, writes, messages = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local channel, extra, openings, parts, span = ARGV[at + 4], at + 5, 0, 0, 0
  local isPlain = settle == 'a' and messages == 0
  local isChord = #settle > 1
  if isChord then settle = string.sub(settle, 1, 1) end
  local first = extra + extras[settle]
  if isChord then openings, parts, span, first = ARGV[first], ARGV[first + 1], ARGV[first + 2], first + 3 end
  local sends = first + 5 * writes
  local counts = sends + 2 * messages
  at = counts + span
  use(own)
  isCounting = settle == 'f'
  local entry = (settle == 'r' or settle == 'd') and redis.call('HGET', KEYS[1], tag)
  local isHeld = settle == 'k'
  if isPlain then isHeld = redis.call('HDEL', KEYS[1], tag) == 1
  elseif settle == 'f' then isHeld = isListed(extra)
  elseif not isHeld then isHeld = redis.call('HEXISTS', KEYS[1], tag) == 1 end
  if isHeld then
    if isChord or isCounting then
      use(own) isCounting = false
      for send = sends, counts - 2, 2 do if ARGV[send] ~= '' then redis.call('LLEN', ARGV[send]) end end
      isCounting = true
      for _ = 1, openings do counts = open(counts) end
      for _ = 1, parts do counts = report(counts, true, channel) end
      isCounting = false
      counts = sends + 2 * messages
    end
    use(own)
    for send = sends, counts - 2, 2 do
      if ARGV[send] ~= '' then redis.call('LPUSH', ARGV[send], ARGV[send + 1])
      else redis.call('PUBLISH', string.match(ARGV[send + 1], '^([^\\n]*)\\n(.*)$')) end
    end
    local payload = entry and string.match(entry, '^%[(.*), "", ".*"%]$')
    if payload and settle == 'r' then redis.call('LPUSH', ARGV[extra], payload) end
    if payload and settle == 'd' then bury(ARGV[extra], ARGV[extra + 1], payload) end
    if settle == 'f' then close(extra)
    elseif settle ~= 'k' then
      if not isPlain then redis.call('HDEL', KEYS[1], tag) end
      tags[#tags + 1] = tag
    end
  else
    reply[#reply + 1] = tag
  end
  for from = first, sends - 5, 5 do
    if isHeld or isFinal[ARGV[from]] and settle ~= 'f' then write(from, channel) end
  end
  reply[1] = reply[1] + 1
end

local isDone, trouble = true, nil
while isDone and at < rowsAt do isDone, trouble = pcall(apply) end
if not isDone then
  takeBack()
  local text = tostring(type(trouble) == 'table' and trouble.err or trouble)
  reply[2] = isCounting and {'c' .. text, chordKey()} or 'm' .. text
end
use(own)
for _, each in ipairs(complete) do reply[#reply + 1] = each end
-- a worker that may not is no worse off
for channel, lines in pairs(replies) do redis.pcall('PUBLISH', channel, table.concat(lines, '\\n')) end
for from = 1, #tags, 5000 do
  redis.call('ZREM', KEYS[2], unpack(tags, from, math.min(from + 4999, #tags)))
end
return reply
`;

/** A completion in the script's own terms. */
export type Commit = Pick<Completion, 'tag' | 'writes'> &
  Required<Pick<Completion, 'openings' | 'parts'>> &
  Readonly<{
    replyChannel: string;
    settle:
      | Readonly<{ code: 'a' | 'k' }>
      | Readonly<{ code: 'r'; list: string }>
      | Readonly<{ code: 'd'; dead: string; info: string }>
      | Readonly<{ code: 'f'; chord: ChordPlace; isFailed: boolean }>;
    messages: readonly Readonly<{ list: string; payload: string }>[];
  }>;

/** What to commit. */
export interface CommitInput {
  readonly layout: Layout;
  readonly db: number;
  readonly commits: readonly Commit[];
}

/** What became of them. */
export interface CommitReply extends Committed {
  /** So many, from the first, are applied. */
  readonly applied: number;
  /** What was wrong with the next; '' if all are applied. */
  readonly trouble: string;
  /** Whether that is with what is kept of its chords. */
  readonly isOfChord: boolean;
  /** That of the chord then, else ''. */
  readonly chordKey: string;
}

/** Commits completions, up to one that cannot be. */
export const commit = defineScript({
  lua,
  keys: ({ layout }: CommitInput) => [layout.unacked, layout.unackedIndex],
  argv({ db, commits }) {
    const args: Arg[] = [db, 0];
    const rows = new ChordRows();
    for (const each of commits) {
      const { tag, replyChannel, settle, writes, messages } = each;
      const counts = countsOf(each, rows);
      const code = counts ? `${settle.code}+` : settle.code;
      args.push(tag, code, writes.length, messages.length, replyChannel);
      if (settle.code === 'r') args.push(settle.list);
      if (settle.code === 'd') args.push(settle.dead, settle.info);
      if (settle.code === 'f') pushEnd(args, settle.chord, settle.isFailed);
      if (counts) args.push(counts.openings, counts.parts, counts.args.length);
      for (const write of writes) pushWrite(args, write);
      for (const { list, payload } of messages) args.push(list, payload);
      if (counts) for (const arg of counts.args) args.push(arg);
    }
    args[1] = rows.count;
    rows.pushTo(args);
    return args;
  },
  parse(reply, { commits }): CommitReply {
    const [applied, said, ...rest] = reply as [number, ...(string | string[])[]];
    const [wrong = '', chordKey = ''] = typeof said === 'string' ? [said] : (said ?? []);
    const became = { applied, trouble: wrong.slice(1), isOfChord: wrong.startsWith('c'), chordKey };
    if (rest.length === 0) return { ...became, lost: [], complete: [] };
    const lost = rest.filter((each) => typeof each === 'string');
    const pairs = rest.filter((each) => typeof each !== 'string');
    const parts = commits.flatMap((each) => each.parts);
    return { ...became, lost, complete: completeIn(pairs, parts) };
  },
});

/** What a completion counts in chords; mostly there is nothing. */
function countsOf(
  { openings, parts }: Commit,
  rows: ChordRows,
): { openings: number; parts: number; args: readonly Arg[] } | undefined {
  if (openings.length + parts.length === 0) return undefined;
  const args: Arg[] = [];
  for (const opening of openings) pushOpening(args, opening);
  for (const part of parts) pushPart(args, part, rows);
  return { openings: openings.length, parts: parts.length, args };
}
