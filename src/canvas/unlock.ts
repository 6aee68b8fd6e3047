import type { ResultTuple, SignatureData } from '../protocol/index.ts';
import type { ChordParts } from './chord-parts.ts';

/** How long until the parts of a chord are looked for, in seconds. */
const COUNTDOWN = 1;

/**
 * The task that looks for the parts of a chord until they are all in, where nothing counts them. It goes where the
 * body goes. Source: `fallback_chord_unlock` in Celery's `backends/base.py`.
 */
export function unlockOf(
  { groupId, body: { signature: body }, unlocking }: ChordParts,
  results: readonly ResultTuple[],
): SignatureData {
  const { interval = null, max_retries = null, countdown } = unlocking;
  const { queue, priority = 0 } = body.options;
  const options = { countdown: countdown ?? COUNTDOWN, queue, priority, ignore_result: true };
  return {
    task: 'celery.chord_unlock',
    args: [groupId, body],
    kwargs: { interval, max_retries, result: results },
    options,
    subtask_type: null,
    immutable: false,
  };
}
