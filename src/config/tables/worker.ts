import { boolean, integer, longestTimer, names, oneOf, type Setting, seconds } from '../kinds.ts';

/** How a worker runs and ends. */
export const workerSettings = {
  imports: names(
    [],
    'Task modules to load after that of -A, from the working directory, in order.',
  ),
  include: names([], 'More task modules, loaded after those of imports; -I adds to them.'),
  workerPool: oneOf(
    'threads',
    ['threads', 'async', 'solo'],
    'What runs tasks: worker threads, one thread with many tasks at once, or the main thread.',
  ),
  workerDirect: boolean(false, 'Give each worker a queue of its own, <node name>.dq2.'),
  workerConcurrency: integer(
    0,
    { min: 0, max: 10_000 },
    'Tasks run at once; 0 = the number of CPUs for threads, 100 for async, 1 for solo.',
  ),
  workerPrefetchMultiplier: integer(
    0,
    { min: 0, max: 10_000 },
    'Claims held per slot; 0 = ahead by time.',
  ),
  workerShutdownTimeout: seconds(
    25,
    { min: 0, max: longestTimer },
    'Patience of a stopping worker with tasks that run; then they are aborted and put back.',
  ),
} satisfies Record<string, Setting<unknown>>;
