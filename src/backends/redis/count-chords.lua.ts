import {
  type Arg,
  ChordRows,
  chordLua,
  completeIn,
  defineScript,
  pushOpening,
  pushPart,
  writeLua,
} from '../../drivers/redis/index.ts';
import type { ChordOpening, ChordPart, CompleteChord } from '../../protocol/index.ts';

/**
 * Begins chords and counts parts of chords, as the commit of a broker of the same server does.
 *
 * KEYS  the hash of complete chords; the other keys are in the arguments
 * ARGV  our database, count of rows, count of openings, the openings and the parts, as `pushOpening` and `pushPart` have
 *       them, the rows of `ChordRows`
 * reply for each chord that is complete now a pair of its key and what is told of it
 */
const lua = /* lua */ `
-- what has ended is counted however little memory is left
redis.call('HDEL', KEYS[1], '')
${writeLua}
local function write(from) store(from) end
${chordLua}
local at = 4
for _ = 1, ARGV[3] do at = open(at) end
while at < rowsAt do
  local isDone, next = pcall(report, at, true)
  if not isDone then
    takeBack()
    use(own)
    return redis.error_reply(type(next) == 'table' and next.err or next)
  end
  at = next
end
use(own)
return complete
`;

/** What is to be counted. */
export interface CountInput {
  readonly completeKey: string;
  readonly db: number;
  readonly openings: readonly ChordOpening[];
  readonly parts: readonly ChordPart[];
}

/** Counts, all or up to what the server refuses. @returns the chords that are complete now. */
export const countChords = defineScript({
  lua,
  keys: ({ completeKey }: CountInput) => [completeKey],
  argv({ db, openings, parts }) {
    const rows = new ChordRows();
    const args: Arg[] = [db, 0, openings.length];
    for (const opening of openings) pushOpening(args, opening);
    for (const part of parts) pushPart(args, part, rows);
    args[1] = rows.count;
    rows.pushTo(args);
    return args;
  },
  parse: (reply, { parts }): readonly CompleteChord[] => completeIn(reply as string[][], parts),
});
