import type { PlannedTask } from '../canvas/index.ts';
import type { App } from './app.ts';

/**
 * Refuses what cannot fit here rather than in a worker: arguments are held against the parameters, and where it is asked
 * for against the schema of their task.
 * @returns a promise if a schema takes its time
 * @throws TypeError that names the parameter, ArgumentsInvalidError
 */
export function checkArguments(
  planned: readonly PlannedTask[],
  { tasks, settings }: Pick<App, 'tasks' | 'settings'>,
): Promise<unknown> | undefined {
  const pending: unknown[] = [];
  for (const { task: name, args, kwargs } of planned) {
    const task = tasks.get(name);
    if (!task) continue;
    const { typing, validateOnSend, args: schema } = task.options;
    const isValidated = schema !== undefined && (validateOnSend ?? settings.taskValidateOnSend);
    if (!isValidated && !(typing ?? settings.strictTyping)) continue;
    const bound = task.bindArguments(args, kwargs, { strict: false });
    if (isValidated) pending.push(task.validateArguments(bound));
  }
  return pending.some((each) => each instanceof Promise) ? Promise.all(pending) : undefined;
}
