import { expect, test } from 'vitest';
import { until } from './waits.ts';

test('until gives what the condition gave in the end', async () => {
  let looks = 0;

  const value = await until(() => (++looks < 3 ? undefined : looks), {
    deadlineMs: 1000,
    what: 'three looks',
  });

  expect(value).toBe(3);
});

test('zero and the empty string are values, not a reason to wait', async () => {
  const wait = { deadlineMs: 0, what: 'nothing' };

  expect(await until(() => 0, wait)).toBe(0);
  expect(await until(async () => '', wait)).toBe('');
});

test('until says what it waited for in vain', async () => {
  const waiting = until(() => false, { deadlineMs: 20, what: 'the moon' });

  await expect(waiting).rejects.toThrow('waited 20 ms for the moon');
});

test('what the condition throws ends the wait', async () => {
  const waiting = until(
    () => {
      throw new Error('broken');
    },
    { deadlineMs: 1000, what: 'nothing' },
  );

  await expect(waiting).rejects.toThrow('broken');
});
