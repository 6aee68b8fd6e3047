import { leaseQueries, messageQueries, type Session } from '../../drivers/sqlite/index.ts';
import { countDelivery } from '../../protocol/index.ts';

/** How many messages one transaction restores at most. */
const RESTORE_MAX = 500;

/** What a sweep did. */
export interface Swept {
  readonly restored: number;
  /** Whether there is more to do. */
  readonly isPartial: boolean;
}

/** The first lease with claims that ran out or is gone. @returns undefined if all claims are alive. */
export function findDeadHolder(session: Session, nowMs: number): number | undefined {
  let holder = holderAfter(session, messageQueries.WAITING);
  while (holder !== null) {
    const rows = session.all(leaseQueries.leaseExpiry, [holder]);
    const expiresMs = rows[0]?.[0] ?? 0;
    if (expiresMs <= nowMs) return holder;
    holder = holderAfter(session, holder);
  }
  return undefined;
}

function holderAfter(session: Session, holder: number): number | null {
  const rows = session.all(leaseQueries.nextHolder, [holder]);
  return rows[0]?.[0] ?? null;
}

/**
 * Restores what a lost worker held, in the order in which it was claimed, its deliveries counted up. Whether
 * that is once too often, the worker that claims it next decides. Part of a transaction.
 */
export function restoreLost(session: Session, nowMs: number): Swept {
  const holder = findDeadHolder(session, nowMs);
  if (holder === undefined) return { restored: 0, isPartial: false };
  const held = session.all(messageQueries.findHeldBackwards, [holder, RESTORE_MAX]);
  for (const [id, , payload] of held) {
    const counted = countDelivery(payload);
    if (counted !== undefined) session.run(messageQueries.setPayload, [counted, id]);
    session.run(messageQueries.moveToHead, [id]);
  }
  return { restored: held.length, isPartial: true };
}
