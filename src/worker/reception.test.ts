import { expect, test } from 'vitest';
import type { Claimed } from '../protocol/index.ts';
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
