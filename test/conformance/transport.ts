import { afterEach, beforeEach, describe } from 'vitest';
import type { Gaps } from './gaps.ts';
import { Bench, type StoreUnderTest } from './harness.ts';
import { broadcastConformance } from './transport-broadcast.ts';
import { chordCommitConformance } from './transport-chords.ts';
import { claimConformance } from './transport-claims.ts';
import { commitConformance } from './transport-commits.ts';
import { deadLetterConformance } from './transport-dead-letters.ts';
import { leaseConformance } from './transport-leases.ts';
import { priorityConformance } from './transport-priorities.ts';
import { publishConformance } from './transport-publishing.ts';
import { routingConformance } from './transport-routing.ts';
import { wakeConformance } from './transport-waking.ts';

/** What every transport must do. Each test gets an empty store from `open`. */
export function transportConformance(
  name: string,
  open: () => Promise<StoreUnderTest>,
  gaps: Gaps = {},
): void {
  let bench: Bench | undefined;
  const current = (): Bench => {
    if (!bench) throw new Error('the bench is there in tests only');
    return bench;
  };

  describe(`the ${name} transport`, () => {
    beforeEach(async () => {
      bench = new Bench(await open());
    });
    afterEach(async () => {
      await bench?.close();
    });

    describe('publishes', () => publishConformance(current));
    describe('routes', () => routingConformance(current));
    describe('broadcasts', () => broadcastConformance(current, gaps));
    describe('claims', () => claimConformance(current));
    describe('priorities', () => priorityConformance(current));
    describe('wakes', () => wakeConformance(current, gaps));
    describe('commits', () => commitConformance(current));
    describe('counts chords', () => chordCommitConformance(current));
    describe('dead letters', () => deadLetterConformance(current));
    describe('keeps claims', () => leaseConformance(current, gaps));
  });
}
