import { expect, test } from 'vitest';
import { Graveyard } from './graveyard.ts';

const DAY_MS = 86_400_000;
const message = (payload: string) => ({ queue: 'a', step: 0, payload });

test('a queue keeps its ten thousand newest dead letters', () => {
  const letters = new Graveyard({ now: () => 0 });

  for (let n = 0; n <= 10_000; n += 1) letters.add(message(String(n)), 'why', 'node');

  const kept = letters.of('a');
  expect([kept.length, kept[0]?.payload, kept.at(-1)?.payload]).toEqual([10_000, '1', '10000']);
  expect(JSON.parse(kept[0]?.info ?? '')).toMatchObject({ reason: 'why', worker: 'node' });
});

test('a dead letter is gone after a week', () => {
  let nowMs = 0;
  const letters = new Graveyard({ now: () => nowMs });
  letters.add(message('old'), 'why', 'node');
  nowMs = 6 * DAY_MS;
  letters.add(message('new'), 'why', 'node');

  nowMs = 7 * DAY_MS + 1;

  expect(letters.of('a').map(({ payload }) => payload)).toEqual(['new']);
});
