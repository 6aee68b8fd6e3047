import type { ChordOpening, ChordPart, ChordPlace, CompleteChord } from '../../protocol/index.ts';
import { storedId } from '../../protocol/index.ts';
import type { Arg } from './args.ts';
import type { ChordRows } from './chord-rows.ts';
import { pushWrite } from './write.lua.ts';

/**
 * Lua for scripts that count the parts of chords, behind `writeLua` and a function `write(from, channel)` for the results
 * that come with them. Of a chord are kept, as Celery has it: `<key>.s` its size, `<key>.t` how many parts more it has,
 * `<key>.j` the parts, a zset by their places or a list. Ours are `<key>.ids`, the set of the tasks that have been counted, in
 * whose place the text `over` stands once the body was sent or never will be; `<key>.more`, the tasks that `grow-chord.lua.ts`
 * has counted in `.t`; and the hash of the chords that are complete, key -> milliseconds since the epoch, maybe `+` and how
 * long it has rested, a blank, what is told of it. What was read of a chord once is not read again by the same run: of a
 * wide one many parts come together. All that is done may be done again after an error, if `takeBack` is called then: what says that a part was counted is taken back where the rest of it was
 * not done. A chord without a size may be one whose body a worker of Python's has sent: it is failed by nobody.
 *
 * The chords that parts belong to are what ARGV ends with, a row for each, as `ChordRows` adds them; ARGV[2] counts them, and
 * `rowsAt` is where they begin. `open(at)`, `report(at, isOn, channel)` and `close(at)` take what `pushOpening`, `pushPart`
 * and `pushEnd` add, the first two say where those end; `report` does nothing if it is not on. `complete` has the chords that
 * have become so, each a pair of key and what is told. `chordKey()` is the key of the chord that an error is of. `isListed(at)` says whether a chord to be closed is still complete.
 */
export const chordLua = /* lua */ `
local complete, chords, rows, counted, week, touched = {}, {}, {}, {}, 604800000, ''
local rowsAt = #ARGV - 6 * ARGV[2] + 1
-- of the chord that was read or written last
local function chordKey() return touched end

local function keep(ttl, ...)
  for _, key in ipairs({...}) do redis.call('PEXPIRE', key, ttl) end
end

local function takeBack()
  for at = 1, #counted, 2 do use(counted[at].db) redis.pcall('SREM', counted[at].ids, counted[at + 1]) end
end

local function rowOf(number)
  local at = rowsAt + 6 * number - 6
  local db, key, ttl, hash, isOrdered, head = unpack(ARGV, at, at + 5)
  local row = {db = db, key = key, name = db .. key, ids = key .. '.ids', list = key .. '.j', ttl = ttl, hash = hash, head = head}
  row.kind = isOrdered == '1' and 'zset' or 'list'
  rows[number] = row
  return row
end

local function open(at)
  local db, key, ttl, size = unpack(ARGV, at, at + 3)
  use(db) chords[db .. key] = nil touched = key
  if ttl == '0' then redis.call('SET', key .. '.s', size, 'NX')
  else redis.call('SET', key .. '.s', size, 'PX', ttl, 'NX') end
  return at + 4
end

local function list(row, ending)
  local time, left = redis.call('TIME'), redis.call('PTTL', row.hash)
  local text = row.head .. ending
  redis.call('HSET', row.hash, row.key, string.format('%.0f ', time[1] * 1000 + math.floor(time[2] / 1000)) .. text)
  if row.ttl == '0' then redis.call('PERSIST', row.hash)
  elseif left ~= -1 and left < tonumber(row.ttl) then redis.call('PEXPIRE', row.hash, row.ttl) end
  complete[#complete + 1] = {row.key, text}
end

local function find(row)
  local known = chords[row.name]
  if known then return known end
  local size, more, isOver = unpack(redis.call('MGET', row.key .. '.s', row.key .. '.t', row.ids))
  size = tonumber(size) and size + (tonumber(more) or 0)
  known = {size = size, more = more, isOver = isOver}
  chords[row.name] = known
  return known
end

local function add(chord, row, place, member)
  if not chord.kind then
    local kind = redis.call('TYPE', row.list).ok
    local isKnown = kind == 'zset' or kind == 'list'
    if not isKnown and kind ~= 'none' then redis.call('DEL', row.list) end
    chord.kind = isKnown and kind or row.kind
  end
  if chord.kind == 'list' then chord.count = redis.call('RPUSH', row.list, member) return end
  local added = redis.call('ZADD', row.list, place, member)
  chord.count = chord.count and chord.count + added or redis.call('ZCARD', row.list)
end

local function report(at, isOn, channel)
  local number, place, member, id, ending, writes, parts = unpack(ARGV, at, at + 6)
  local row, chord, isNew = rows[number] or rowOf(number)
  if isOn then
    use(row.db) touched = row.key chord = find(row)
    isNew = not chord.isOver and redis.call('SADD', row.ids, id) == 1
  end
  if isNew then
    counted[#counted + 1], counted[#counted + 2] = row, id
    add(chord, row, place, member)
  end
  at = at + 7
  for _ = 1, writes do
    if isNew and chord.size then write(at, channel) end
    at = at + 5
  end
  for _ = 1, parts do at = report(at, isNew and chord.size, channel) end
  if not isNew then return at end
  use(row.db) touched = row.key
  if chord.size and chord.count >= chord.size then list(row, ending) end
  if not chord.isKept then
    chord.isKept = true
    if row.ttl == '0' then keep(week, row.ids)
    else keep(row.ttl, row.ids, row.list, row.key .. '.s', chord.more and row.key .. '.t' or nil) end
  end
  counted[#counted], counted[#counted - 1] = nil, nil
  return at
end

local function isListed(at)
  use(ARGV[at]) touched = ARGV[at + 1]
  return redis.call('HEXISTS', ARGV[at + 3], ARGV[at + 1]) == 1
end

local function close(at)
  local db, key, ttl, hash, isFailed = unpack(ARGV, at, at + 4)
  use(db) chords[db .. key] = nil
  redis.call('SET', key .. '.ids', 'over', 'PX', ttl == '0' and week or ttl)
  if isFailed == '0' then redis.call('DEL', key .. '.j', key .. '.t', key .. '.s', key .. '.more') end
  redis.call('HDEL', hash, key)
end
`;

/** Adds a chord that begins to arguments, as `open` takes it. */
export function pushOpening(args: Arg[], { db, key, ttlMs, size }: ChordOpening): void {
  args.push(db, key, ttlMs, size);
}

/** Adds a part with those within it, as `report` takes it. */
export function pushPart(args: Arg[], part: ChordPart, rows: ChordRows): void {
  const { index, member, isBytes, taskId, ending, writes, parts } = part;
  args.push(rows.numberOf(part), index ?? '+inf');
  args.push(isBytes ? Buffer.from(member, 'latin1') : member);
  args.push(storedId(taskId), ending, writes.length, parts.length);
  for (const write of writes) pushWrite(args, write);
  for (const each of parts) pushPart(args, each, rows);
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
