import {
  type Arg,
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
 * ARGV  our database, count of openings, the openings and the parts, as `pushOpening` and `pushPart` have them
 * reply for each chord that is complete now a pair of its key and what is told of it
 */
const lua = /* lua */ `
-- what has ended is counted however little memory is left
redis.call('HDEL', KEYS[1], '')
${writeLua}
local function write(from) store(from) end
${chordLua}
local at = 3
for _ = 1, ARGV[2] do at = open(at) end
while at <= #ARGV do at = report(at, true) end
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
    const args: Arg[] = [db, openings.length];
    for (const opening of openings) pushOpening(args, opening);
    for (const part of parts) pushPart(args, part);
    return args;
  },
  parse: (reply, { parts }): readonly CompleteChord[] => completeIn(reply as string[][], parts),
});
