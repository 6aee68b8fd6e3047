/** The middle of `chordLua`: how a part of a chord is added and counted. */
export const chordPartLua = /* lua */ `
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
`;
