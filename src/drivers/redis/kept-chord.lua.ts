/** Of chords that stay for ever the ids of tasks are remembered for a week. */
export const CHORD_IDS_MS = 604_800_000;

/** The beginning of `chordLua`: what a script knows of chords, and their sizes; a chord is found, begun, listed as complete. */
export const keptChordLua = /* lua */ `
local complete, chords, rows, counted, week, touched = {}, {}, {}, {}, ${CHORD_IDS_MS}, ''
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
`;
