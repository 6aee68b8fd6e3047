import { integer, longestTimer, optional, type Setting, seconds } from '../kinds.ts';

/** What `taskPublishRetryPolicy` may hold: how sending is tried again while the broker cannot be reached. */
export const publishRetryTable = {
  maxRetries: optional(
    integer(0, { min: 0 }, 'How often at most; null = as often as fits before the deadline.'),
  ),
  intervalStart: seconds(0, { min: 0, max: longestTimer }, 'The wait before the first retry.'),
  intervalStep: seconds(
    0.2,
    { min: 0, max: longestTimer },
    'How much longer each wait is than the one before.',
  ),
  intervalMax: seconds(1, { min: 0, max: longestTimer }, 'The longest wait.'),
} satisfies Record<string, Setting<unknown>>;

/** The policy of whoever says nothing of it. */
export const publishRetryDefaults = {
  maxRetries: publishRetryTable.maxRetries.default,
  intervalStart: publishRetryTable.intervalStart.default,
  intervalStep: publishRetryTable.intervalStep.default,
  intervalMax: publishRetryTable.intervalMax.default,
} as const;
