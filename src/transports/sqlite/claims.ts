import { messageQueries, type Session } from '../../drivers/sqlite/index.ts';
import { spliceHeaders } from '../../protocol/index.ts';
import { type ClaimOrder, type TakenInOrder, takeInOrder } from '../take-in-order.ts';
import type { Parking } from '../transport.ts';
import { type ClaimTag, formatTag, parseTag } from './claim-tag.ts';

/** One message as it was claimed. */
export interface ClaimedRow {
  readonly tag: string;
  readonly queue: string;
  readonly payload: string;
}

/** Under which lease messages are claimed. */
export interface Claimer {
  readonly lease: number;
  /** The number of this claim; never the same twice for a lease. */
  readonly batch: number;
}

/** Claims the first messages. Part of a transaction. */
export function claimRows(
  session: Session,
  order: ClaimOrder,
  { lease, batch }: Claimer,
): TakenInOrder<ClaimedRow> {
  return takeInOrder(order, {
    take: (queue, step, limit) => {
      const rows = session.all(messageQueries.claimMessages, [lease, batch, queue, step, limit]);
      rows.sort(([idA, positionA], [idB, positionB]) => positionA - positionB || idA - idB);
      return rows.map(([id, , payload]) => {
        return { tag: formatTag({ lease, batch, id }), queue, payload };
      });
    },
    hasBelow: (queues, step) =>
      session.all(messageQueries.hasWaitingBelow, [JSON.stringify(queues), step]).length > 0,
  });
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
