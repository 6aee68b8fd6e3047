import { expect, test } from 'vitest';
import { UNKNOWN_SINCE_HEADER } from '../app/index.ts';
import type { Claimed } from '../protocol/index.ts';
import type { Completion } from '../transports/index.ts';
import { Reception, type ReceptionParts } from './reception.ts';

function aClaim(tag: string, headers: object = {}): Claimed {
  const own = { task: 't', id: `id of ${tag}`, ...headers };
  return {
    kind: 'message',
    delivery: {
      ...{ tag, queue: 'q', headers: own, properties: {}, body: '[[], {}, {}]' },
      ...{ contentType: 'application/json', contentEncoding: 'utf-8', bodyEncoding: 'utf-8' },
      headersText: JSON.stringify(own),
    },
  };
}

/** A reception whose pool takes nothing, as something in it is broken. */
function aBrokenReception() {
  const givenUp: unknown[] = [];
  const due: (() => void)[] = [];
  const clock = { nowMs: 0 };
  const parts = {
    time: {
      now: () => clock.nowMs,
      after: (_ms: number, run: () => void) => {
        due.push(run);
        return () => {};
      },
    },
    policies: { isKnown: () => true, deliveryLimit: 3, ignoresError: () => false },
    results: { reading: {} },
    holdLimit: 10,
    unknownRetryForMs: 1,
    dispatch: () => {
      throw new RangeError('broken');
    },
    giveUp: (tags: readonly string[], error: unknown) => givenUp.push([tags, String(error)]),
  };
  const reception = new Reception(parts as unknown as ReceptionParts);
  return { reception, givenUp, due, clock };
}

test('a batch that cannot be taken on is given up whole, and nothing is thrown', () => {
  const { reception, givenUp } = aBrokenReception();

  reception.take([aClaim('a'), aClaim('b')]);

  expect(givenUp).toEqual([[['a', 'b'], 'RangeError: broken']]);
});

test('so is a message that was held until it was due', () => {
  const { reception, givenUp, due, clock } = aBrokenReception();

  reception.take([aClaim('a', { eta: new Date(500).toISOString() })]);
  expect(givenUp).toEqual([]);
  clock.nowMs = 500;
  for (const run of due.splice(0)) run();

  expect(givenUp).toEqual([[['a'], 'RangeError: broken']]);
});

test.each([
  ['is expired', { expires: new Date(500).toISOString() }],
  ['is not known', { task: 'unknown', [UNKNOWN_SINCE_HEADER]: 0 }],
  ['cannot be read', { kwargsrepr: 7, eta: 'never' }],
])('a task of a chord that %s is uncounted on a worker without results', (_, headers) => {
  const completed: Completion[] = [];
  const uncounted: unknown[] = [];
  const log = () => undefined;
  const parts = {
    time: { now: () => 1_000 },
    policies: {
      isKnown: (task: string) => task === 't',
      deliveryLimit: 3,
      ignoresError: () => true,
    },
    results: {
      ...{ backend: null, reading: {} },
      onUncounted: ({ groupId }: { groupId: string }) => uncounted.push(groupId),
    },
    ...{ holdLimit: 10, unknownRetryForMs: 1 },
    log: { expired: log, unknown: log, deadLettered: log },
    complete: (each: readonly Completion[]) => completed.push(...each),
  };
  const claim = aClaim('a', { group: 'g', group_index: 0, ...headers });
  const body = { task: 'b', args: [], kwargs: {}, options: { task_id: 'b' } };
  const embed = { callbacks: null, errbacks: null, chain: null, chord: body };
  if (claim.kind === 'message') {
    Object.assign(claim.delivery, { body: JSON.stringify([[], {}, embed]) });
  }

  new Reception(parts as unknown as ReceptionParts).take([claim]);

  expect(completed).toMatchObject([{ tag: 'a', writes: [], messages: [] }]);
  expect(uncounted).toEqual(['g']);
});
