import { expect, test } from 'vitest';
import type { Completion } from '../transport.ts';
import { Layout } from './layout.ts';
import { planCommit, planPark } from './plans.ts';

const claim = {
  tag: 't.1',
  number: 1,
  list: 'q\x06\x163',
  queue: 'q',
  payload: '{"body": "W10=", "headers": {"task": "add", "id": "1"}, "properties": {}}',
};
const layout = new Layout();
const letter = { at: '2026-01-01T00:00:00.000Z', worker: 'w' };
const context = {
  layout,
  table: new Map(),
  letter: () => letter,
  deadKeyOf: (queue: string) => `${queue}.dead`,
};
const settleAs = (settle: Completion['settle'], held: typeof claim | undefined = claim) =>
  planCommit({ tag: 't.1', settle, writes: [], messages: [] }, held, context).settle;

test('each way to settle has its code and what it needs', () => {
  expect(settleAs({ kind: 'ack' })).toEqual({ code: 'a' });
  expect(settleAs({ kind: 'kept' })).toEqual({ code: 'k' });
  expect(settleAs({ kind: 'requeue' })).toEqual({ code: 'r', list: 'q\x06\x163' });
  const dead = settleAs({ kind: 'dead-letter', reason: 'why' });
  expect(dead).toMatchObject({ code: 'd', dead: 'q.dead' });
  expect(JSON.parse('info' in dead ? dead.info : '')).toEqual({
    ...letter,
    ...{ reason: 'why', deliveries: 0, task: 'add', id: '1' },
  });
});

test('a claim that is not held is only looked for', () => {
  const completion = { tag: 'x', writes: [], messages: [] };
  const settles: Completion['settle'][] = [
    { kind: 'requeue' },
    { kind: 'dead-letter', reason: '' },
  ];
  for (const settle of settles) {
    expect(planCommit({ ...completion, settle }, undefined, context).settle).toEqual({
      code: 'a',
    });
  }
});

test('a parking without headers keeps the entry; with headers it has a new one', () => {
  const parking = { tag: 't.1', dueMs: 1_500 };
  const plain = { tag: 't.1', dueSeconds: 1.5, list: 'q\x06\x163', entry: '' };

  expect(planPark(parking, claim)).toEqual(plain);
  expect(planPark({ ...parking, headers: { seen: 1 } }, claim).entry).toBe(
    `[${claim.payload.replace('"id": "1"', '"id": "1", "seen": 1')}, "", "q"]`,
  );
});
