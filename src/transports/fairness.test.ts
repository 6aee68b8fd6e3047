import { expect, test } from 'vitest';
import { Fairness } from './fairness.ts';

test('claims are strict as long as nothing was overtaken', () => {
  const fairness = new Fairness();
  for (let claim = 0; claim < 100; claim++) {
    expect(fairness.plan(1).count).toBe(0);
    fairness.note({ overtook: 0, turn: 0 });
  }
});

test('after fifteen messages that overtook, the sixteenth comes from below', () => {
  const fairness = new Fairness();
  const counts: number[] = [];
  for (let claim = 0; claim < 32; claim++) {
    const { count, turn } = fairness.plan(1);
    counts.push(count);
    fairness.note({ overtook: count > 0 ? 0 : 1, turn });
  }

  expect(counts.flatMap((count, at) => (count > 0 ? [at] : []))).toEqual([15, 31]);
});

test('of large claims one message in sixteen comes from below, from the second on', () => {
  const fairness = new Fairness();
  const first = fairness.plan(160);
  fairness.note({ overtook: 160, turn: 0 });

  expect(first.count).toBe(0);
  expect(fairness.plan(160).count).toBe(10);
});

test('the steps take turns: each claim is told which was served last', () => {
  const fairness = new Fairness();
  fairness.note({ overtook: 15, turn: 2 });

  expect(fairness.plan(1)).toEqual({ count: 1, turn: 2 });
});
