import { accumulate, chainTask } from './accumulate.ts';
import { backendCleanup } from './backend-cleanup.ts';
import type { Builtin } from './builtin-task.ts';
import { chordUnlock } from './chord-unlock.ts';
import { map, starmap } from './mapping.ts';
import { chordTask, chunks, groupTask } from './sending.ts';

/** The tasks that every worker of Celery's has. */
export const builtins: readonly Builtin[] = [
  accumulate,
  backendCleanup,
  chainTask,
  chordTask,
  chordUnlock,
  chunks,
  groupTask,
  map,
  starmap,
];
