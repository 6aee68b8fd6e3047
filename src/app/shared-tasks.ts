import { TaskInvalidError } from '../errors.ts';
import type { AnyTask, App } from './app.ts';
import { currentApp } from './current-app.ts';
import type { DefineTask } from './define-task.ts';
import { Task, type TaskFunction } from './task.ts';
import type { DefinedOptions } from './task-options.ts';

const all = new Map<string, AnyTask>();

/** In the order in which they were defined; it only grows. */
export const sharedTasks: ReadonlyMap<string, AnyTask> = all;

/**
 * Makes a task for libraries: it has no app of its own, and is in every app, also in those that are made later.
 * What is called is the task of that name in the app in use; see `currentApp`. An app's own task of the same name
 * takes its place there.
 * @throws TaskInvalidError without a name, or when another shared task has it
 */
export const sharedTask = defineShared as DefineTask<{ readonly name: string }>;

function defineShared(first: DefinedOptions | TaskFunction, second?: TaskFunction): AnyTask {
  const [options, fn] = typeof first === 'function' ? [{}, first] : [first, second];
  if (typeof fn !== 'function') throw new TaskInvalidError('sharedTask() needs a function');
  const { name } = options;
  if (name === undefined) {
    throw new TaskInvalidError(
      `a shared task has no app that names it; give the whole name: sharedTask({ name: 'library.${fn.name || 'task'}' }, fn)`,
    );
  }
  if (all.has(name)) {
    throw new TaskInvalidError(`two shared tasks are named '${name}'; give one of them another`);
  }
  const send: App['send'] = async (...call) => currentApp().send(...call);
  const apply: App['apply'] = async (...call) => currentApp().apply(...call);
  const freeze: App['freeze'] = (signature) => currentApp().freeze(signature);
  const sender = {
    ...{ send, apply, freeze },
    get settings() {
      return currentApp().settings;
    },
  };
  const parts = { name, fn, given: options, isShared: true };
  const task = new Task({ ...parts, app: currentApp, sender });
  all.set(name, task);
  return task;
}
