import { expect, test } from 'vitest';
import { resolveSettings, type SettingsOptions } from '../config/index.ts';
import { publishRetryOf } from './publish-retry.ts';

const retryOf = (settings: SettingsOptions, options?: object) =>
  publishRetryOf(resolveSettings({ options: settings }), { ...options });

test('by default it is tried until the deadline, at the pace of the connection', () => {
  expect(retryOf({})).toBeUndefined();
  expect(retryOf({}, { retry: true })).toBeUndefined();
});

test('a policy changes what it names, that of a call over that of the settings', () => {
  const taskPublishRetryPolicy = { maxRetries: 3, intervalMax: 0.5 };

  expect(retryOf({ taskPublishRetryPolicy })).toEqual({
    ...{ maxRetries: 3, intervalStartMs: 0, intervalStepMs: 200, intervalMaxMs: 500 },
  });
  expect(retryOf({ taskPublishRetryPolicy }, { retry_policy: { max_retries: null } })).toEqual({
    ...{ maxRetries: null, intervalStartMs: 0, intervalStepMs: 200, intervalMaxMs: 500 },
  });
});

test('without retries the first failure is the last, whatever the policy', () => {
  const options = { taskPublishRetryPolicy: { maxRetries: 3 } };

  expect(retryOf(options, { retry: false })).toMatchObject({ maxRetries: 0 });
  expect(retryOf({ ...options, taskPublishRetry: false })).toMatchObject({ maxRetries: 0 });
  expect(retryOf({ ...options, taskPublishRetry: false }, { retry: true })).toMatchObject({
    maxRetries: 3,
  });
});
