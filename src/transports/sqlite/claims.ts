import { messageQueries, type Session } from '../../drivers/sqlite/index.ts';
import { spliceHeaders } from '../../protocol/index.ts';
import type { Overtaken } from '../fairness.ts';
import type { Parking } from '../transport.ts';
import { type ClaimTag, formatTag, parseTag } from './claim-tag.ts';

/** One message as it was claimed. */
export interface ClaimedRow {
  readonly tag: string;
  readonly queue: string;
  readonly payload: string;
}

/** What a claim brought. */
export interface ClaimedRows {
  readonly rows: readonly ClaimedRow[];
  /** See `Fairness`. */
  readonly turn: number;
  readonly overtook: number;
}

/** What to claim, and for whom. */
export interface ClaimOrder {
  readonly queues: readonly string[];
  readonly steps: readonly number[];
  /** What to take first, so that nothing starves. */
  readonly overtaken: Overtaken;
  readonly limit: number;
  readonly lease: number;
  /** The number of this claim; never the same twice for a lease. */
  readonly batch: number;
}

/** Claims the first messages: all queues of one priority step before the next step. Part of a transaction. */
export function claimRows(session: Session, order: ClaimOrder): ClaimedRows {
  const { queues, steps, limit } = order;
  const { rows, turn } = claimOvertaken(session, order);
  const first = rows.length;
  if (first === limit) return { rows, turn, overtook: 0 };
  for (const [at, step] of steps.entries()) {
    for (const queue of queues) {
      rows.push(...claimFrom(session, order, { queue, step, limit: limit - rows.length }));
      if (rows.length < limit) continue;
      const isOvertaking =
        at < steps.length - 1 &&
        session.all(messageQueries.hasWaitingBelow, [JSON.stringify(queues), step]).length > 0;
      return { rows, turn, overtook: isOvertaking ? rows.length - first : 0 };
    }
  }
  return { rows, turn, overtook: 0 };
}

/** What is taken from lower steps first, from each in turn. */
function claimOvertaken(session: Session, order: ClaimOrder): { rows: ClaimedRow[]; turn: number } {
  const { queues, steps, limit, overtaken } = order;
  const lower = steps.length - 1;
  const rows: ClaimedRow[] = [];
  let turn = overtaken.turn;
  const takeFrom = (at: number): boolean => {
    for (const queue of queues) {
      const found = claimFrom(session, order, { queue, step: steps[at] ?? 0, limit: 1 });
      rows.push(...found);
      if (found.length === 0) continue;
      turn = at;
      return true;
    }
    return false;
  };
  for (let left = Math.min(overtaken.count, limit); left > 0; left--) {
    const from = turn;
    const places = Array.from({ length: lower }, (_, offset) => 1 + ((from + offset) % lower));
    if (!places.some(takeFrom)) break;
  }
  return { rows, turn };
}

function claimFrom(
  session: Session,
  { lease, batch }: ClaimOrder,
  { queue, step, limit }: { queue: string; step: number; limit: number },
): ClaimedRow[] {
  const rows = session.all(messageQueries.claimMessages, [lease, batch, queue, step, limit]);
  rows.sort(([idA, positionA], [idB, positionB]) => positionA - positionB || idA - idB);
  return rows.map(([id, , payload]) => ({ tag: formatTag({ lease, batch, id }), queue, payload }));
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
