import { CHORD_IDS_MS, defineScript } from '../../drivers/redis/index.ts';
import { type ChordPlace, storedId } from '../../protocol/index.ts';

/** A part more, or none for a task of which it was said that there is one. */
export interface Growth {
  readonly place: ChordPlace;
  readonly taskId: string;
  readonly isBack: boolean;
}

/**
 * Adds one to the size of a chord, or takes it back: once for each task.
 *
 * KEYS  how many parts more it has, the set of the tasks that these are of
 * ARGV  the command that a task changes the set by, what it changes the size by, the task's id, TTL in ms (0 none)
 *       of the size, the same of the set
 * reply nothing
 */
const lua = /* lua */ `
if redis.call(ARGV[1], KEYS[2], ARGV[3]) == 1 then redis.call('INCRBY', KEYS[1], ARGV[2]) end
if ARGV[4] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
redis.call('PEXPIRE', KEYS[2], ARGV[5])
`;

/** Adds one to the size of a chord, or takes it back. */
export const growChord = defineScript({
  lua,
  keys: ({ place }: Growth) => [`${place.key}.t`, `${place.key}.more`],
  argv({ place: { ttlMs }, taskId, isBack }) {
    const change = isBack ? ['SREM', -1] : ['SADD', 1];
    return [...change, storedId(taskId), ttlMs, ttlMs === 0 ? CHORD_IDS_MS : ttlMs];
  },
  parse: () => undefined,
});
