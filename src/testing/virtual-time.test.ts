import { expect, test } from 'vitest';
import { VirtualTime } from './virtual-time.ts';

test('calls are made in the order in which they are due, each at its time', () => {
  const time = new VirtualTime(1_000);
  const calls: [string, number][] = [];
  const note = (name: string) => () => void calls.push([name, time.now()]);
  time.after(30, note('c'));
  time.after(10, note('a'));
  time.after(30, note('d'));
  time.after(20, () => {
    note('b')();
    time.after(5, note('b2'));
  });

  time.moveTo(1_029);

  expect(calls).toEqual([
    ['a', 1_010],
    ['b', 1_020],
    ['b2', 1_025],
  ]);
  expect([time.now(), time.nextMs]).toEqual([1_029, 1_030]);
  time.moveTo(1_030);
  expect(calls.slice(3).map(([name]) => name)).toEqual(['c', 'd']);
});

test('a call that was taken back is not made', () => {
  const time = new VirtualTime(0);
  const takeBack = time.after(10, () => expect.unreachable());

  takeBack();

  time.moveTo(20);
  expect(time.nextMs).toBeUndefined();
});

test('what is due already is called though nobody moves the clock, and not at once', async () => {
  const time = new VirtualTime(0);
  let isCalled = false;

  const called = new Promise<void>((resolve) => {
    time.after(0, () => {
      isCalled = true;
      resolve();
    });
  });

  expect(isCalled).toBe(false);
  await called;
});

test('a clock does not go back', () => {
  const time = new VirtualTime(1_000);

  time.moveTo(500);

  expect(time.now()).toBe(1_000);
});
