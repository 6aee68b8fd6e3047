import { integer, name, type Setting } from '../kinds.ts';

/** Which queue a task goes to. */
export const routingSettings = {
  taskDefaultQueue: name('celery', 'The queue of tasks that name none, and of workers without -Q.'),
  taskDefaultPriority: integer(
    0,
    { min: 0, max: 9 },
    'The priority of tasks sent without one: 0 is served first, 9 last.',
  ),
} satisfies Record<string, Setting<unknown>>;
