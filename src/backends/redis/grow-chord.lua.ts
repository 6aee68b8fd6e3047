import { defineScript } from '../../drivers/redis/index.ts';
import type { ChordPlace } from '../../protocol/index.ts';

/**
 * Adds to the size of a chord.
 *
 * KEYS  how many parts more it has
 * ARGV  how many more, TTL in ms (0 none)
 * reply nothing
 */
const lua = /* lua */ `
redis.call('INCRBY', KEYS[1], ARGV[1])
if ARGV[2] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
`;

/** Adds to the size of a chord. */
export const growChord = defineScript({
  lua,
  keys: ({ place }: { place: ChordPlace; by: number }) => [`${place.key}.t`],
  argv: ({ place, by }) => [by, place.ttlMs],
  parse: () => undefined,
});
