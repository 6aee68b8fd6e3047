import { ConfigError } from '../errors.ts';
import type { SignatureData } from '../protocol/index.ts';
import type { Duration } from '../util/index.ts';
import { secondsOf, waitOf } from './option-checks.ts';
import { tasksOf, withTasks } from './parts.ts';
import { kindOf } from './structure.ts';

/** How the countdowns of a group's members rise. */
export interface SkewOptions {
  /** That of the first member; 1 s if not given. */
  readonly start?: Duration | undefined;
  /** None is longer. */
  readonly stop?: Duration | undefined;
  /** How much longer each is than the one before; 1 s if not given. */
  readonly step?: Duration | undefined;
}

/**
 * A group whose members start one after the other. Source: `group.skew` in Celery's `canvas.py`, and `fxrange` in Kombu.
 * @throws ConfigError for what is no group
 */
export function skewed(
  group: SignatureData,
  { start = 1, stop, step = 1 }: SkewOptions,
): SignatureData {
  if (kindOf(group) !== 'group') {
    throw new ConfigError(`skew() is of groups, and this is a ${kindOf(group)}`);
  }
  const by = secondsOf('step', step);
  const last = stop === undefined ? Number.POSITIVE_INFINITY : waitOf('stop', stop);
  let countdown = waitOf('start', start);
  const tasks = tasksOf(group).map((member) => {
    const options = { ...member.options, countdown };
    if (countdown + by <= last) countdown += by;
    return { ...member, options };
  });
  return withTasks(group, tasks);
}
