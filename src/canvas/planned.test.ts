import { expect, test } from 'vitest';
import { all } from './planned.ts';

test('a member may begin more chords and groups than a call takes arguments', () => {
  const many = 1_000_000;
  const result = [['g', null], null] as const;
  const chords = Array(many).fill({ groupId: 'g', size: 1 });
  const groups = Array(many).fill(result);

  const plan = all([
    { tasks: [], ends: [], result, chords },
    { tasks: [], ends: [], result, groups },
  ]);

  expect([plan.chords.length, plan.groups.length]).toEqual([many, many]);
});
