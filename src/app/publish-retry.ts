import type { WireOptions } from '../canvas/index.ts';
import { publishRetryDefaults, type Settings } from '../config/index.ts';
import type { PublishRetry } from '../transports/index.ts';

type RetrySettings = Pick<Settings, 'taskPublishRetry' | 'taskPublishRetryPolicy'>;

const NEVER: PublishRetry = {
  ...{ maxRetries: 0, intervalStartMs: 0, intervalStepMs: 0, intervalMaxMs: 0 },
};

/**
 * How sending is tried again while the broker cannot be reached: what the settings say, but for what the options of
 * a call do, by Celery's names.
 * @returns undefined for the default: until the deadline, at the pace of the connection.
 */
export function publishRetryOf(
  { taskPublishRetry, taskPublishRetryPolicy }: RetrySettings,
  options: WireOptions = {},
): PublishRetry | undefined {
  const { retry, retry_policy: own } = options;
  if (!(typeof retry === 'boolean' ? retry : taskPublishRetry)) return NEVER;
  const policy = { ...taskPublishRetryPolicy, ...ownPolicy(own) };
  const names = Object.keys(publishRetryDefaults) as (keyof typeof policy)[];
  if (names.every((name) => policy[name] === publishRetryDefaults[name])) return undefined;
  return {
    maxRetries: policy.maxRetries,
    intervalStartMs: policy.intervalStart * 1000,
    intervalStepMs: policy.intervalStep * 1000,
    intervalMaxMs: policy.intervalMax * 1000,
  };
}

/** Whether a call's options say anything of it. */
export function hasRetryOptions(options: WireOptions | undefined): boolean {
  return options?.['retry'] !== undefined || options?.['retry_policy'] !== undefined;
}

/** Of what a signature made elsewhere may hold, too. */
function ownPolicy(value: unknown): Partial<RetrySettings['taskPublishRetryPolicy']> {
  if (typeof value !== 'object' || value === null) return {};
  const { max_retries, interval_start, interval_step, interval_max } = value as WireOptions;
  const isCount = typeof max_retries === 'number' || max_retries === null;
  return {
    ...(isCount ? { maxRetries: max_retries } : undefined),
    ...(typeof interval_start === 'number' ? { intervalStart: interval_start } : undefined),
    ...(typeof interval_step === 'number' ? { intervalStep: interval_step } : undefined),
    ...(typeof interval_max === 'number' ? { intervalMax: interval_max } : undefined),
  };
}
