import { NotRegisteredError, TaskInvalidError } from '../errors.ts';
import { createLogger } from '../util/index.ts';
import type { AnyTask, App } from './app.ts';
import { BuiltinTask } from './builtin/builtin-task.ts';
import { builtins } from './builtin/builtins.ts';
import { sharedTasks } from './shared-tasks.ts';
import { Task, type TaskFunction } from './task.ts';
import { looksMinified, taskName } from './task-name.ts';
import type { DefinedOptions } from './task-options.ts';

/** The tasks of one app: its own, Celery's, and the shared ones that it has no own task for. */
export class TaskRegistry {
  readonly #app: App;
  readonly #tasks = new Map<string, AnyTask>();
  /** How many shared tasks were looked at. */
  #adopted = 0;

  constructor(app: App) {
    this.#app = app;
    for (const builtin of builtins) this.#tasks.set(builtin.name, new BuiltinTask(builtin, app));
  }

  /** By name. Shared tasks that were defined since are among them. */
  get tasks(): ReadonlyMap<string, AnyTask> {
    if (this.#adopted < sharedTasks.size) this.#adoptShared();
    return this.#tasks;
  }

  /** @throws TaskInvalidError without a name, or when an own task has it */
  define(first: DefinedOptions | TaskFunction, second?: TaskFunction): AnyTask {
    const [options, fn] = typeof first === 'function' ? [{}, first] : [first, second];
    if (typeof fn !== 'function') throw new TaskInvalidError('app.task() needs a function');
    const app = this.#app;
    const name = taskName({ given: options.name, app: app.name, fn });
    const parts = { name, fn, given: options, isShared: false };
    const annotations = () => app.settings.taskAnnotations;
    const task = new Task({ ...parts, app: () => app, sender: app, annotations });
    this.#add(task);
    if (options.name === undefined && looksMinified(fn)) warnOfMinified(name);
    return task;
  }

  /** Adds a task that belongs elsewhere, under its name. @throws TaskInvalidError when that is taken */
  register(task: AnyTask): AnyTask {
    const known = this.tasks.get(task.name);
    if (known && (known === task || (known.isShared && task.isShared))) return known;
    const own = task.forApp(this.#app);
    this.#add(own);
    return own;
  }

  /** @throws NotRegisteredError if there is none of that name */
  unregister(name: string): void {
    if (!this.tasks.has(name)) throw new NotRegisteredError(name);
    this.#tasks.delete(name);
  }

  #add(task: AnyTask): void {
    const other = this.tasks.get(task.name);
    if (other && !other.isShared) {
      throw new TaskInvalidError(
        `two tasks are named '${task.name}'; give one of them another: app.task({ name: '…' }, fn)`,
      );
    }
    this.#tasks.set(task.name, task);
  }

  #adoptShared(): void {
    const fresh = [...sharedTasks.values()].slice(this.#adopted);
    this.#adopted = sharedTasks.size;
    for (const task of fresh) {
      if (!this.#tasks.has(task.name)) this.#tasks.set(task.name, task.forApp(this.#app));
    }
  }
}

function warnOfMinified(name: string): void {
  createLogger({ level: 'WARNING' }).warning(
    `task '${name}' has a very short name; was the program minified? Then give app.task({ name, params }, fn): names made by a minifier change from build to build`,
  );
}
