import type { Plan, SendOptions } from '../canvas/index.ts';
import { ConfigError } from '../errors.ts';
import { durationToMs, type Millis } from '../util/index.ts';

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
