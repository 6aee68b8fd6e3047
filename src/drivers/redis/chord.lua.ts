import type { ChordOpening, ChordPart, ChordPlace, CompleteChord } from '../../protocol/index.ts';
import { storedId } from '../../protocol/index.ts';
import type { Arg } from './args.ts';
import { pushWrite } from './write.lua.ts';

/**
 * Lua for scripts that count the parts of chords, behind `writeLua` and a function `write(from, channel)` for the results
 * that come with them. Of a chord are kept, as Celery has it: `<key>.s` its size, `<key>.t` how many parts more it has,
 * `<key>.j` the parts, a zset by their places or a list. Ours are `<key>.ids`, the set of the tasks that have been counted, in
 * whose place the text `over` stands once the body was sent or never will be; and the hash of the chords that are complete,
 * key -> milliseconds since the epoch, maybe `+` and how long it has rested, a blank, what is told of it. All that is done may be done again after an error: what
 * says that a part was counted comes last.
 * A chord without a size may be one whose body a worker of Python's has sent: it is failed by nobody.
 * What was read of a chord once is not read again by the same run: of a wide one many parts come together.
 *
 * `open(at)`, `report(at, isOn, channel)` and `close(at)` take what `pushOpening`, `pushPart` and `pushEnd` add, the
 * first two say where those end; `report` does nothing if it is not on. `complete` has the chords that have become so, each a
 * pair of key and what is told. `isListed(at)` says whether a chord to be closed is still complete.
 */
export const chordLua = /* lua */ `
local complete, chords, week = {}, {}, 604800000
local function keep(ttl, ...)
  for _, key in ipairs({...}) do redis.call('PEXPIRE', key, ttl) end
end

local function open(at)
  local db, key, ttl, size = unpack(ARGV, at, at + 3)
  use(db) chords[db .. key] = nil
  if ttl == '0' then redis.call('SET', key .. '.s', size, 'NX')
  else redis.call('SET', key .. '.s', size, 'PX', ttl, 'NX') end
  return at + 4
end

local function list(key, hash, ttl, ending)
  local time, left = redis.call('TIME'), redis.call('PTTL', hash)
  redis.call('HSET', hash, key, string.format('%.0f ', time[1] * 1000 + math.floor(time[2] / 1000)) .. ending)
  if ttl == '0' then redis.call('PERSIST', hash)
  elseif left ~= -1 and left < tonumber(ttl) then redis.call('PEXPIRE', hash, ttl) end
  complete[#complete + 1] = {key, ending}
end

local function find(db, key)
  if chords[db .. key] then return chords[db .. key] end
  local size, more, isOver = unpack(redis.call('MGET', key .. '.s', key .. '.t', key .. '.ids'))
  size = tonumber(size) and size + (tonumber(more) or 0)
  chords[db .. key] = {size = size, more = more, isOver = isOver}
  return chords[db .. key]
end

local function add(chord, key, isOrdered, place, member)
  if not chord.kind then
    local kind = redis.call('TYPE', key).ok
    local isKnown = kind == 'zset' or kind == 'list'
    if not isKnown and kind ~= 'none' then redis.call('DEL', key) end
    chord.kind = isKnown and kind or isOrdered == '1' and 'zset' or 'list'
  end
  if chord.kind == 'list' then chord.count = redis.call('RPUSH', key, member) return end
  local added = redis.call('ZADD', key, place, member)
  chord.count = chord.count and chord.count + added or redis.call('ZCARD', key)
end

local function report(at, isOn, channel)
  local db, key, ttl, hash, isOrdered, place = unpack(ARGV, at, at + 5)
  local member, id, ending, writes, parts = unpack(ARGV, at + 6, at + 10)
  local ids, chord, isNew = key .. '.ids'
  if isOn then
    use(db) chord = find(db, key)
    isNew = not chord.isOver and redis.call('SISMEMBER', ids, id) == 0
  end
  if isNew then add(chord, key .. '.j', isOrdered, place, member) end
  at = at + 11
  for _ = 1, writes do
    if isNew and chord.size then write(at, channel) end
    at = at + 5
  end
  for _ = 1, parts do at = report(at, isNew and chord.size, channel) end
  if not isNew then return at end
  use(db)
  if chord.size and chord.count >= chord.size then list(key, hash, ttl, ending) end
  redis.call('SADD', ids, id)
  if chord.isKept then return at end
  chord.isKept = true
  if ttl == '0' then keep(week, ids)
  else keep(ttl, ids, key .. '.j', key .. '.s', chord.more and key .. '.t' or nil) end
  return at
end

local function isListed(at)
  use(ARGV[at])
  return redis.call('HEXISTS', ARGV[at + 3], ARGV[at + 1]) == 1
end

local function close(at)
  local db, key, ttl, hash, isFailed = unpack(ARGV, at, at + 4)
  use(db) chords[db .. key] = nil
  redis.call('SET', key .. '.ids', 'over', 'PX', ttl == '0' and week or ttl)
  if isFailed == '0' then redis.call('DEL', key .. '.j', key .. '.t', key .. '.s') end
  redis.call('HDEL', hash, key)
end
`;

/** Adds a chord that begins to arguments, as `open` takes it. */
export function pushOpening(args: Arg[], { db, key, ttlMs, size }: ChordOpening): void {
  args.push(db, key, ttlMs, size);
}

/** Adds a part with those within it, as `report` takes it. */
export function pushPart(args: Arg[], part: ChordPart): void {
  const { db, key, ttlMs, completeKey, isOrdered, index, member, isBytes, taskId } = part;
  const { ending, writes, parts } = part;
  args.push(db, key, ttlMs, completeKey, isOrdered ? 1 : 0, index ?? '+inf');
  args.push(isBytes ? Buffer.from(member, 'latin1') : member);
  args.push(storedId(taskId), ending, writes.length, parts.length);
  for (const write of writes) pushWrite(args, write);
  for (const each of parts) pushPart(args, each);
}

/** Adds the end of a chord, as `isListed` and `close` take it. */
export function pushEnd(args: Arg[], place: ChordPlace, isFailed: boolean): void {
  args.push(place.db, place.key, place.ttlMs, place.completeKey, isFailed ? 1 : 0);
}

/** The chords that a script says are complete: pairs of what `complete` has. */
export function completeIn(
  pairs: readonly (readonly string[])[],
  parts: readonly ChordPart[],
): CompleteChord[] {
  if (pairs.length === 0) return [];
  const groups = new Map<string, string>();
  const note = ({ key, groupId, parts: inner }: ChordPart): void => {
    groups.set(key, groupId);
    for (const each of inner) note(each);
  };
  for (const part of parts) note(part);
  const complete = new Map<string, CompleteChord>();
  for (const [key = '', ending = ''] of pairs) {
    complete.set(key, { groupId: groups.get(key) ?? key, ending });
  }
  return [...complete.values()];
}
