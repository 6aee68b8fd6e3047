import type { AnyTask, Celery } from '../app/index.ts';
import { TaskInvalidError } from '../errors.ts';

/** The tasks of all apps of a module, by name. @throws TaskInvalidError if two apps use one name. */
export function servedTasks(apps: readonly Celery[]): ReadonlyMap<string, AnyTask> {
  const tasks = new Map<string, AnyTask>();
  for (const app of apps) {
    for (const [name, task] of app.tasks) {
      const other = tasks.get(name);
      if (other && other !== task) {
        throw new TaskInvalidError(
          `two apps of one module have a task named '${name}'; rename one`,
        );
      }
      tasks.set(name, task);
    }
  }
  return tasks;
}
