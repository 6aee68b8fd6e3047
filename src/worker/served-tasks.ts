import type { AnyTask, Celery } from '../app/index.ts';
import { TaskInvalidError } from '../errors.ts';

/**
 * The tasks of all apps of a module, by name. A shared task is in all of them: it runs for the first app, unless
 * one has a task of its own in its place. Their options are read now, as a worker that has claimed messages cannot
 * say any more that an annotation does not hold.
 * @throws TaskInvalidError if two apps use one name; ConfigError for an annotation that does not hold
 */
export function servedTasks(apps: readonly Celery[]): ReadonlyMap<string, AnyTask> {
  const tasks = new Map<string, AnyTask>();
  for (const app of apps) {
    for (const [name, task] of app.tasks) {
      const other = tasks.get(name);
      if (other && task.isShared) continue;
      if (other && other !== task && !other.isShared) {
        throw new TaskInvalidError(
          `two apps of one module have a task named '${name}'; rename one`,
        );
      }
      tasks.set(name, task);
    }
  }
  for (const task of tasks.values()) task.options satisfies object;
  return tasks;
}
