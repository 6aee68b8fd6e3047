import { replyChannelOf, spliceHeaders } from '../../protocol/index.ts';
import type { Completion, Parking } from '../transport.ts';
import type { Commit } from './commit.lua.ts';
import { type DeadLetter, deadInfo } from './entry.ts';
import type { HeldClaim } from './held-claims.ts';
import { entryTail } from './layout.ts';
import type { Park } from './park.lua.ts';
import { storedForm } from './publisher.ts';

const finalDocument = /^\{"status": "(?:SUCCESS|FAILURE|REVOKED)"/;

/**
 * A completion as the commit script takes it.
 * @param letter - asked only for a dead letter.
 * @throws EncodeError
 */
export function planCommit(
  { tag, replyTo, settle, writes, messages }: Completion,
  claim: HeldClaim | undefined,
  letter: () => Omit<DeadLetter, 'reason'>,
): Commit {
  return {
    tag,
    replyChannel: replyTo === undefined ? '' : replyChannelOf(replyTo),
    settle: planSettle(settle, claim, letter),
    writes: writes.map(({ key, document, ttlMs, db }) => {
      return { isFinal: finalDocument.test(document), db, ttlMs, key, document };
    }),
    messages: messages.map(storedForm),
  };
}

function planSettle(
  settle: Completion['settle'],
  claim: HeldClaim | undefined,
  letter: () => Omit<DeadLetter, 'reason'>,
): Commit['settle'] {
  if (settle.kind === 'kept') return { code: 'k' };
  // not held: there is nothing to put anywhere, and the script will find it lost
  if (!claim) return { code: 'a' };
  if (settle.kind === 'dead-letter') {
    const info = deadInfo({ reason: settle.reason, ...letter() }, claim.payload);
    return { code: 'd', queue: claim.queue, info };
  }
  return settle.kind === 'requeue' ? { code: 'r', list: claim.list } : { code: 'a' };
}

/** A parking as the park script takes it. */
export function planPark({ tag, dueMs, headers }: Parking, claim: HeldClaim): Park {
  const { list, payload, queue } = claim;
  const entry = headers ? `[${spliceHeaders(payload, headers)}${entryTail(queue)}` : '';
  return { tag, dueSeconds: dueMs / 1000, list, entry };
}
