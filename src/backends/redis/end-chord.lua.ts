import { type Arg, chordLua, defineScript, pushEnd, writeLua } from '../../drivers/redis/index.ts';
import type { ChordPlace } from '../../protocol/index.ts';

/**
 * Ends a chord that is complete.
 *
 * KEYS  none; its keys are in the arguments
 * ARGV  our database, 0 as no parts are counted, then as `pushEnd` has it
 * reply 1; 0 if it is not complete, or somebody was faster
 */
const lua = /* lua */ `
${writeLua}
local write = store
${chordLua}
if not isListed(3) then return 0 end
close(3)
return 1
`;

/** Ends a chord. @returns whether it was complete. */
export const endChord = defineScript({
  lua,
  keys: () => [],
  argv({ place, isFailed }: { place: ChordPlace; isFailed: boolean }) {
    const args: Arg[] = [place.db, 0];
    pushEnd(args, place, isFailed);
    return args;
  },
  parse: (reply) => reply === 1,
});
