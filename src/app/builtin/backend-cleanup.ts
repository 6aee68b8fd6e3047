import type { Builtin } from './builtin-task.ts';

/**
 * Deletes results that have expired. Each of our stores does so by itself, as Redis does, so that nothing is left to do;
 * a beat of Python's sends it once a day all the same.
 */
export const backendCleanup: Builtin = {
  name: 'celery.backend_cleanup',
  params: [],
  run: () => null,
};
