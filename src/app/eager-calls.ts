import type { Plan, Sent } from '../canvas/index.ts';
import type { App } from './app.ts';
import { runEagerly } from './run/eager.ts';
import { runtime } from './runtime.ts';
import { addsToParent } from './send-calls.ts';
import { getTaskLogger } from './task-logger.ts';

/** What of an app's calls runs here and now. */
export class EagerCalls {
  readonly #host: App;
  /** Whether it was said that `taskAlwaysEager` cannot hold for a task. */
  #hasWarned = false;

  constructor(host: App) {
    this.#host = host;
  }

  /** Whether what is to be sent is run instead. What no function is here for is sent all the same, as Celery does. */
  takes({ tasks }: Plan): boolean {
    if (!this.#host.settings.taskAlwaysEager) return false;
    const unknown = tasks.find(({ task }) => !this.#host.tasks.has(task));
    if (unknown && !this.#hasWarned) {
      this.#hasWarned = true;
      warnOfUnknown(unknown.task);
    }
    return unknown === undefined;
  }

  /** @param throws - `taskEagerPropagates` if not given. */
  async run(plan: Plan, throws = this.#host.settings.taskEagerPropagates): Promise<Sent> {
    const current = runtime().currentTask?.();
    const sent = await runEagerly(this.#host, plan, { throws });
    if (current && addsToParent(plan)) current.addChild(plan.child ?? plan.result);
    return sent;
  }
}

function warnOfUnknown(task: string): void {
  getTaskLogger('celeriac').warning(
    `task '${task}' is not registered in this program, so that it is sent in spite of 'taskAlwaysEager'`,
  );
}
