import type { ChordOpening, ChordPart, ChordPlace, CompleteChord } from '../../protocol/index.ts';
import { storedId } from '../../protocol/index.ts';
import type { Arg } from './args.ts';
import { chordPartLua } from './chord-part.lua.ts';
import type { ChordRows } from './chord-rows.ts';
import { keptChordLua } from './kept-chord.lua.ts';
import { pushWrite } from './write.lua.ts';

/**
 * Lua for scripts that count the parts of chords, behind `writeLua` and a function `write(from, channel)` for the results
 * that come with them. Of a chord are kept, as Celery has it: `<key>.s` its size, `<key>.t` how many parts more it has,
 * `<key>.j` the parts, a zset by their places or a list. Ours are `<key>.ids`, the set of the tasks that have been counted, in
 * whose place the text `over` stands once the body was sent or never will be; `<key>.more`, the tasks that `grow-chord.lua.ts`
 * has counted in `.t`; and the hash of the chords that are complete, key -> milliseconds since the epoch, maybe `+` and how
 * long it has rested, a blank, what is told of it. What was read of a chord once is not read again by the same run: of a
 * wide one many parts come together. All that is done may be done again after an error, if `takeBack` is called then: what
 * says that a part was counted is taken back where the rest of it was not done. A chord without a size may be one whose body a worker of Python's has sent: it is failed by nobody.
 *
 * The chords that parts belong to are what ARGV ends with, a row for each, as `ChordRows` adds them; ARGV[2] counts them, and
 * `rowsAt` is where they begin. `open(at)`, `report(at, isOn, channel)` and `close(at)` take what `pushOpening`, `pushPart`
 * and `pushEnd` add, the first two say where those end; `report` does nothing if it is not on. `complete` has the chords that
 * have become so, each a pair of key and what is told. `chordKey()` is the key of the chord that an error is of.
 * `isListed(at)` says whether a chord to be closed is still complete.
 */
export const chordLua = /* lua */ `
${keptChordLua}
${chordPartLua}

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
