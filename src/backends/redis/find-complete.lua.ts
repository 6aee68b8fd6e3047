import { defineScript } from '../../drivers/redis/index.ts';
import { CHORD_REST_MAX_MS } from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';

/**
 * Looks for chords that are complete, a thousand of them at most at once, or 4 MB: a look copies their bodies, and writes them. One whose parts are gone is forgotten: they have
 * expired, or a worker of Python's has sent the body. What is found rests: its time is later by so much, which stands behind it.
 *
 * KEYS  the hash of complete chords: key -> milliseconds since the epoch, maybe `+` and its last rest, a blank, what is told of it
 * ARGV  how old in ms, how many, where to begin: what the last call ended with, or '0', the longest rest, the least
 * reply where to go on, '0' once all were seen, then for each that was found its key and what is told of it
 */
const lua = /* lua */ `
if redis.call('EXISTS', KEYS[1]) == 0 then return {'0', {}} end -- as mostly
local time, cursor, reply = redis.call('TIME'), ARGV[3], {}
local untilMs, limit = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1], tonumber(ARGV[2])
local gone, due, size, rest_max = {}, {}, 0, tonumber(ARGV[4])
for _ = 1, 50 do
  local found = redis.call('HSCAN', KEYS[1], cursor, 'COUNT', 20)
  cursor = found[1]
  for place = 1, #found[2], 2 do
    local key, value = found[2][place], found[2][place + 1]
    size = size + #value
    local sinceMs, rest, ending = string.match(value, '^(%d+)%+?(%d*) (.*)$')
    if not sinceMs or redis.call('EXISTS', key .. '.j') == 0 then gone[#gone + 1] = key
    elseif tonumber(sinceMs) <= untilMs then
      due[#due + 1] = {key = key, since = tonumber(sinceMs), rest = tonumber(rest) or 0, ending = ending}
    end
  end
  if cursor == '0' or #due >= limit or size > 4194304 then break end
end
for _, key in ipairs(gone) do redis.call('HDEL', KEYS[1], key) end
table.sort(due, function (one, other) return one.since < other.since end)
for place = 1, math.min(limit, #due) do
  local chord = due[place]
  local rest = math.min(rest_max, math.max(2 * chord.rest, tonumber(ARGV[5])))
  local value = string.format('%.0f+%.0f ', untilMs + rest, rest) .. chord.ending
  redis.call('HSET', KEYS[1], chord.key, value)
  reply[#reply + 1], reply[#reply + 2] = chord.key, chord.ending
end
return {cursor, reply}
`;

/** Where to look, and for what. */
export interface FindInput {
  readonly completeKey: string;
  readonly olderThanMs: Millis;
  readonly limit: number;
  readonly restMs: Millis;
  readonly cursor: string;
}

/** What was found. */
export interface FindReply {
  readonly cursor: string;
  readonly chords: readonly Readonly<{ key: string; ending: string }>[];
}

/** Looks for chords that have been complete for a while. */
export const findComplete = defineScript({
  lua,
  keys: ({ completeKey }: FindInput) => [completeKey],
  argv: ({ olderThanMs, limit, cursor, restMs }) => [
    ...[olderThanMs, limit, cursor],
    ...[CHORD_REST_MAX_MS, restMs],
  ],
  parse(reply): FindReply {
    const [cursor, texts] = reply as [string, string[]];
    const chords: { key: string; ending: string }[] = [];
    for (let at = 0; at < texts.length; at += 2) {
      chords.push({ key: texts[at] ?? '', ending: texts[at + 1] ?? '' });
    }
    return { cursor, chords };
  },
});
