/**
 * One worker for the whole tutorial. A module may export several apps: the worker serves the tasks of all of
 * them, with the settings of the one that is called `app`.
 *
 *    npx celeriac -A examples/tutorial/worker.ts worker
 */
export { app as pnl } from './pnl.ts';
export { app as positions } from './positions.ts';
export { app as tut1 } from './tut1.ts';
export { app } from './tut2.ts';
