import type { AwaitedResult } from '../results/index.ts';
import { runtime } from './runtime.ts';

/** So many pairs of tasks are remembered; beyond, nothing is said of new ones. */
const PAIRS_MAX = 1_000;

const known = new Set<string>();

/** Says, once for each pair, that a task waits for another one's result: its slot is taken until then. */
export function warnOfWaiting(awaited: () => AwaitedResult): void {
  const current = runtime().currentTask?.();
  if (!current || current.context.request.isEager || known.size >= PAIRS_MAX) return;
  const { id, task } = awaited();
  const pair = JSON.stringify([current.name, task]);
  if (known.has(pair)) return;
  known.add(pair);
  const what = task === undefined ? `result '${id}'` : `task '${task}'`;
  current.context.logger.warning(
    `task '${current.name}' waits for ${what}, and keeps its slot until then: if all slots wait, nothing runs any more. ` +
      'A chain, a chord or a link goes on without waiting; if this is meant, say get({ disableSyncSubtasks: false })',
  );
}
