import { expect, test } from 'vitest';
import { type AckPolicy, settlementFor } from './settlement.ts';

const late: AckPolicy = {
  acksLate: true,
  acksOnFailureOrTimeout: true,
  rejectOnWorkerLost: true,
  deliveryLimit: 3,
};

type Row = [outcome: Parameters<typeof settlementFor>[0], policy: Partial<AckPolicy>, kind: string];

const rows: Row[] = [
  [{ kind: 'success' }, {}, 'ack'],
  [{ kind: 'retry' }, {}, 'ack'],
  [{ kind: 'ignored' }, {}, 'ack'],
  [{ kind: 'failure' }, {}, 'ack'],
  [{ kind: 'failure' }, { acksOnFailureOrTimeout: false }, 'dead-letter'],
  [{ kind: 'rejected', requeue: true, reason: 'no' }, {}, 'requeue'],
  [{ kind: 'rejected', requeue: false, reason: 'no' }, {}, 'dead-letter'],
  [{ kind: 'worker-lost' }, {}, 'redeliver'],
  [{ kind: 'worker-lost' }, { rejectOnWorkerLost: false }, 'ack'],
  [{ kind: 'malformed', reason: 'bad' }, {}, 'dead-letter'],
  [{ kind: 'malformed', reason: 'bad' }, { acksLate: false }, 'kept'],
  [{ kind: 'success' }, { acksLate: false }, 'kept'],
  [{ kind: 'worker-lost' }, { acksLate: false }, 'kept'],
];

test.each(rows)('%j under %j is settled by %s', (outcome, policy, kind) => {
  expect(settlementFor(outcome, { ...late, ...policy }, 0).kind).toBe(kind);
});

test('the delivery that reaches the limit is the last one', () => {
  expect(settlementFor({ kind: 'worker-lost' }, late, 1).kind).toBe('redeliver');
  expect(settlementFor({ kind: 'worker-lost', reason: 'killed' }, late, 2)).toEqual({
    kind: 'dead-letter',
    reason: 'delivered 3 times to workers that died with it; last: killed',
  });
});

test('a dead letter says what its task failed with', () => {
  const policy = { ...late, acksOnFailureOrTimeout: false };
  const error = { type: 'TypeError', module: null, args: ['no money', 7], traceback: null };
  const reasonOf = (each: Partial<typeof error>) =>
    settlementFor({ kind: 'failure', error: { ...error, ...each } }, policy, 0);

  expect(reasonOf({})).toMatchObject({ reason: 'task failed: TypeError: no money' });
  expect(reasonOf({ args: [] })).toMatchObject({ reason: 'task failed: TypeError' });
});
