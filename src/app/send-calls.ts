import type { Plan, SendOptions, WireOptions } from '../canvas/index.ts';
import type { Settings } from '../config/index.ts';
import { ConfigError } from '../errors.ts';
import { durationToMs, type Millis } from '../util/index.ts';
import type { OwnTerms } from './producer.ts';
import { hasRetryOptions, publishRetryOf } from './publish-retry.ts';
import { runtime } from './runtime.ts';

/** Whether the task that sends it lists it among its children. */
export function addsToParent({ tasks: [first] }: Plan): boolean {
  return first?.options['add_to_parent'] !== false;
}

/** @throws ConfigError for what is no span of time */
function deadlineOf({ deadline }: SendOptions): Millis | undefined {
  if (deadline === undefined) return undefined;
  const ms = durationToMs(deadline);
  if (ms >= 0) return ms;
  throw new ConfigError(
    `option 'deadline' must be seconds from 0, got ${JSON.stringify(deadline)}`,
  );
}

/** The terms that a send brings with it, those of its options and of what is sent. */
export function termsOf(
  wire: WireOptions | undefined,
  options: SendOptions,
  settings: Settings,
): OwnTerms {
  const deadlineMs = deadlineOf(options);
  const retry = hasRetryOptions(wire) ? { policy: publishRetryOf(settings, wire) } : undefined;
  return { deadlineMs, signal: options.signal, retry };
}

/** That of the task that runs here, if what it sends is to have the same. */
export function inheritedPriority({ taskInheritParentPriority }: Settings): number | undefined {
  return taskInheritParentPriority ? runtime().currentTask?.()?.priority : undefined;
}
