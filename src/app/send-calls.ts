import type { Extras, Plan, SendOptions } from '../canvas/index.ts';
import { ConfigError } from '../errors.ts';
import { durationToMs, type Millis } from '../util/index.ts';
import type { CurrentTask } from './runtime.ts';

/** What a running task sends says that it comes from it. */
export function sentBy({ id, rootId }: CurrentTask, extras: Extras): Extras {
  return { ...extras, options: { ...extras.options, root_id: rootId, parent_id: id } };
}

/** Whether the task that sends it lists it among its children. */
export function addsToParent({ tasks: [first] }: Plan): boolean {
  return first?.options['add_to_parent'] !== false;
}

/** @throws ConfigError for what is no span of time */
export function deadlineOf({ deadline }: SendOptions): Millis | undefined {
  if (deadline === undefined) return undefined;
  const ms = durationToMs(deadline);
  if (ms >= 0) return ms;
  throw new ConfigError(
    `option 'deadline' must be seconds from 0, got ${JSON.stringify(deadline)}`,
  );
}
