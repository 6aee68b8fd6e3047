import { messageQueries, type Session } from '../../drivers/sqlite/index.ts';
import { spliceHeaders } from '../../protocol/index.ts';
import type { Parking } from '../transport.ts';
import { type ClaimTag, formatTag, parseTag } from './claim-tag.ts';
import { STEPS } from './rows.ts';

/** One message as it was claimed. */
export interface ClaimedRow {
  readonly tag: string;
  readonly queue: string;
  readonly payload: string;
}

/** What to claim, and for whom. */
export interface ClaimOrder {
  readonly queues: readonly string[];
  readonly limit: number;
  readonly lease: number;
  /** The number of this claim; never the same twice for a lease. */
  readonly batch: number;
}

/** Claims the first messages: all queues of one priority step before the next step. Part of a transaction. */
export function claimRows(session: Session, order: ClaimOrder): ClaimedRow[] {
  const { queues, limit, lease, batch } = order;
  const claimed: ClaimedRow[] = [];
  for (const step of STEPS) {
    for (const queue of queues) {
      const left = limit - claimed.length;
      if (left <= 0) return claimed;
      const rows = session.all(messageQueries.claimMessages, [lease, batch, queue, step, left]);
      rows.sort(([idA, positionA], [idB, positionB]) => positionA - positionB || idA - idB);
      for (const [id, , payload] of rows) {
        claimed.push({ tag: formatTag({ lease, batch, id }), queue, payload });
      }
    }
  }
  return claimed;
}

/** Puts claims back to the head of their queues, the first claimed first. Part of a transaction. */
export function releaseRows(session: Session, tags: readonly string[]): void {
  const held = tags.flatMap((tag) => {
    const claim = parseTag(tag);
    const row = claim && findClaimed(session, claim);
    return row ? [row] : [];
  });
  // each one goes before all others, so the one claimed last goes first
  held.sort((a, b) => b.batch - a.batch || b.position - a.position || b.id - a.id);
  for (const { id } of held) session.run(messageQueries.moveToHead, [id]);
}

/** Lays claims aside; those that were lost stay where they are. Part of a transaction. */
export function parkRows(session: Session, parkings: readonly Parking[]): void {
  for (const { tag, dueMs, headers } of parkings) {
    const claim = parseTag(tag);
    const row = claim && findClaimed(session, claim);
    if (!row) continue;
    const payload = headers ? spliceHeaders(row.payload, headers) : row.payload;
    session.run(messageQueries.parkMessage, [Math.ceil(dueMs), payload, row.id]);
  }
}

/** Makes what is due the head of its queue, the one that was due first before the others. @returns how many. */
export function releaseDue(session: Session, nowMs: number, limit: number): number {
  const due = session.all(messageQueries.findDueBackwards, [nowMs, limit]);
  for (const [id] of due) session.run(messageQueries.moveToHead, [id]);
  return due.length;
}

/** A claim that is still held. */
export interface HeldRow extends ClaimTag {
  readonly queue: string;
  readonly step: number;
  readonly position: number;
  readonly payload: string;
}

/** @returns undefined if the claim was lost. */
export function findClaimed(session: Session, claim: ClaimTag): HeldRow | undefined {
  const { id, lease, batch } = claim;
  const [row] = session.all(messageQueries.findClaimed, [id, lease, batch]);
  if (!row) return undefined;
  const [queue, step, position, payload] = row;
  return { ...claim, queue, step, position, payload };
}
