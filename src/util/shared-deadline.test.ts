import { expect, test } from 'vitest';
import { SharedDeadline } from './shared-deadline.ts';

const forEver = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

test('work that takes too long is ended with the reason', async () => {
  const deadline = new SharedDeadline(10, () => new Error('too long'));

  await expect(deadline.run(forEver)).rejects.toThrow('too long');
});

test('work that is done in time gives its value, and what begins later has a deadline of its own', async () => {
  const deadline = new SharedDeadline(10, () => new Error('too long'));

  await expect(deadline.run(async () => 5)).resolves.toBe(5);
  await expect(deadline.run(forEver)).rejects.toThrow('too long');
  await expect(deadline.run(async (signal) => signal.aborted)).resolves.toBe(false);
});

test('what begins at about the same time shares one signal', async () => {
  const deadline = new SharedDeadline(1_000, () => new Error('too long'));
  const signals = new Set<AbortSignal>();

  await Promise.all([1, 2, 3].map(() => deadline.run(async (signal) => signals.add(signal))));

  expect(signals.size).toBe(1);
});
