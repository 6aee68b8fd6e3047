import { expect, test, vi } from 'vitest';
import { systemTime } from './time.ts';

test('a call that was taken back is not made, and a later one is', async () => {
  const takenBack = vi.fn();

  await new Promise<void>((resolve) => {
    const takeBack = systemTime.after(1, takenBack);
    takeBack();
    systemTime.after(2, resolve);
  });

  expect(takenBack).not.toHaveBeenCalled();
});

test('a call in a hundred days is not made at once', async () => {
  const call = vi.fn();

  const takeBack = systemTime.after(100 * 86_400_000, call);
  await new Promise((resolve) => setTimeout(resolve, 5));

  takeBack();
  expect(call).not.toHaveBeenCalled();
});
