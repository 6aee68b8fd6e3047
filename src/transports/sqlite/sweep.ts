import { leaseQueries, messageQueries, type Session } from '../../drivers/sqlite/index.ts';
import { parseEnvelope, spliceHeaders } from '../../protocol/index.ts';
import { insertDeadLetter, type SettleContext } from './settle.ts';

/** Counts the deliveries of a message that ended in a lost worker. */
const DELIVERIES_HEADER = 'x-celeriac-deliveries';

/** How many messages one transaction restores at most. */
const RESTORE_MAX = 500;

/** What a sweep did. */
export interface Swept {
  readonly restored: number;
  readonly dead: number;
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
 * Restores what a lost worker held, in the order in which it was claimed, its deliveries counted up; a
 * message that was lost too often becomes a dead letter. Part of a transaction.
 */
export function restoreLost(
  session: Session,
  deliveryLimit: number,
  context: SettleContext,
): Swept {
  const holder = findDeadHolder(session, context.nowMs);
  if (holder === undefined) return { restored: 0, dead: 0, isPartial: false };
  const held = session.all(messageQueries.findHeldBackwards, [holder, RESTORE_MAX]);
  let dead = 0;
  for (const [id, queue, payload] of held) {
    const counted = countDelivery(payload);
    if (counted && counted.deliveries >= deliveryLimit) {
      session.run(messageQueries.deleteMessage, [id]);
      const reason = `delivered ${counted.deliveries} times, and its worker was lost each time`;
      insertDeadLetter(session, { queue, payload: counted.payload, reason }, context);
      dead += 1;
    } else {
      if (counted) session.run(messageQueries.setPayload, [counted.payload, id]);
      session.run(messageQueries.moveToHead, [id]);
    }
  }
  return { restored: held.length - dead, dead, isPartial: true };
}

/** @returns undefined for what is no message or has no headers; the worker that claims it next says so. */
function countDelivery(payload: string): { deliveries: number; payload: string } | undefined {
  const envelope = parseEnvelope(payload);
  if (!envelope.ok || envelope.headersText === '{}') return undefined;
  const deliveries = deliveriesSoFar(envelope.headers) + 1;
  return { deliveries, payload: spliceHeaders(payload, { [DELIVERIES_HEADER]: deliveries }) };
}

function deliveriesSoFar(headers: Readonly<Record<string, unknown>>): number {
  const count = headers[DELIVERIES_HEADER];
  if (typeof count === 'number' && count >= 0) return Math.trunc(count);
  return headers.redelivered === true ? 1 : 0;
}
