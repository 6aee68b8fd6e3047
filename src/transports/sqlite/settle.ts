import {
  countParts,
  deadLetterQueries,
  endChord,
  messageQueries,
  openChords,
  type Session,
  storeResults,
} from '../../drivers/sqlite/index.ts';
import type { CompleteChord, ResultWrite } from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';
import { burialNote } from '../burials.ts';
import type { Committed } from '../chord-news.ts';
import type { Completion, ConsumeOptions } from '../transport.ts';
import { insteadOf, isUnsendable } from '../unsent.ts';
import { placeRows } from './bindings.ts';
import { type ClaimTag, formatTag, parseTag } from './claim-tag.ts';
import { findClaimed } from './claims.ts';
import { encodeRow, insertRows, isRouted, type MessageRow, type PreparedMessage } from './rows.ts';

/** A completion with its messages encoded, so that nothing can fail for their sake while the file is locked. */
export interface PreparedCompletion extends Omit<Completion, 'messages' | 'instead'> {
  readonly rows: readonly MessageRow[];
  /** All messages, if some of them go through exchanges; there are no rows then. */
  readonly routed?: readonly PreparedMessage[];
  readonly instead?: ((error: Error) => PreparedCompletion) | undefined;
}

/** What dead letters and results need to know. */
interface SettleContext {
  readonly nodeName: string;
  readonly nowMs: Millis;
  readonly onNotice: ConsumeOptions['onNotice'];
  /** The name under which a queue's dead letters are kept. */
  readonly nameOf: (queue: string) => string;
}

/** A message that nobody will run. */
export interface DeadLetter {
  readonly queue: string;
  readonly payload: string;
  readonly reason: string;
}

/** Encodes what a completion sends; what has no form makes the task a dead letter. */
export function prepareCompletion(
  completion: Completion,
  parts: Pick<ConsumeOptions, 'onNotice'> & { readonly steps: readonly number[] },
): PreparedCompletion {
  const { messages, instead, ...rest } = completion;
  let encoded: readonly PreparedMessage[];
  try {
    encoded = messages.map((message) => encodeRow(message, parts.steps));
  } catch (error) {
    if (!isUnsendable(error)) throw error;
    const bare = { ...completion, messages: [] };
    return prepareCompletion(insteadOf<Completion>(bare, error, parts.onNotice), parts);
  }
  if (!encoded.some(isRouted)) return { ...rest, rows: encoded as MessageRow[] };
  return {
    ...{ ...rest, rows: [], routed: encoded },
    instead: instead && ((error) => prepareCompletion(instead(error), parts)),
  };
}

/** Applies completions in order, each whole. Part of a transaction. */
export function settleAll(
  session: Session,
  completions: readonly PreparedCompletion[],
  context: SettleContext,
): Committed {
  const placed = completions.map((completion) => placeNext(session, completion, context));
  const acked = deleteAcked(session, placed);
  const lost: string[] = [];
  const complete: CompleteChord[] = [];
  const rows: MessageRow[] = [];
  const writes: ResultWrite[] = [];
  for (const completion of placed) {
    const isHeld =
      completion.settle.kind === 'ack'
        ? acked.delete(completion.tag)
        : settleOne(session, completion, context);
    if (isHeld) {
      complete.push(...countChords(session, completion, context.nowMs));
      writes.push(...completion.writes);
      rows.push(...completion.rows);
    } else {
      lost.push(completion.tag);
      if (completion.settle.kind === 'fire') continue;
      writes.push(...completion.writes.filter(({ finality }) => finality !== 'open'));
    }
  }
  storeResults(session, writes, context.nowMs);
  insertRows(session, rows);
  return { lost, complete };
}

const NO_CHORDS: readonly CompleteChord[] = [];

function countChords(
  session: Session,
  { openings, parts }: PreparedCompletion,
  nowMs: Millis,
): readonly CompleteChord[] {
  if (openings) openChords(session, openings, nowMs);
  return parts ? countParts(session, parts, nowMs) : NO_CHORDS;
}

/** A message that has no queue to go to, now or later, makes the task a dead letter. */
function placeNext(
  session: Session,
  completion: PreparedCompletion,
  context: SettleContext,
): PreparedCompletion {
  const { routed, ...bare } = completion;
  if (!routed) return completion;
  try {
    return { ...bare, rows: placeRows(session, routed) };
  } catch (error) {
    if (!isUnsendable(error)) throw error;
    return placeNext(
      session,
      insteadOf<PreparedCompletion>(bare, error, context.onNotice),
      context,
    );
  }
}

/** Keeps a message for people to look at; the oldest goes when there are too many. Part of a transaction. */
function insertDeadLetter(
  session: Session,
  { queue, payload, reason }: DeadLetter,
  { nodeName, nowMs }: SettleContext,
): void {
  const verdict = { reason, worker: nodeName, at: new Date(nowMs).toISOString() };
  const info = burialNote(verdict, payload);
  const { insertDeadLetter: insert, trimDeadLetters } = deadLetterQueries;
  session.run(insert, [queue, payload, reason, info, Math.trunc(nowMs)]);
  session.run(trimDeadLetters, [queue]);
}

/** Deletes all acked messages, one statement per claim they came with. @returns the tags that were held. */
function deleteAcked(session: Session, completions: readonly PreparedCompletion[]): Set<string> {
  const claims = new Map<string, { claim: ClaimTag; ids: number[] }>();
  for (const { tag, settle } of completions) {
    const claim = settle.kind === 'ack' ? parseTag(tag) : undefined;
    if (!claim) continue;
    const key = `${claim.lease}.${claim.batch}`;
    const group = claims.get(key) ?? { claim, ids: [] };
    group.ids.push(claim.id);
    claims.set(key, group);
  }
  const acked = new Set<string>();
  for (const { claim, ids } of claims.values()) {
    const { lease, batch } = claim;
    const params: [string, number, number] = [JSON.stringify(ids), lease, batch];
    const deleted = session.all(messageQueries.deleteClaimed, params);
    for (const [id] of deleted) acked.add(formatTag({ lease, batch, id }));
  }
  return acked;
}

/** @returns whether the claim was held, or none was needed. */
function settleOne(
  session: Session,
  { tag, settle }: PreparedCompletion,
  context: SettleContext,
): boolean {
  if (settle.kind === 'kept') return true;
  if (settle.kind === 'fire') {
    const { chord: place, isFailed = false } = settle;
    return endChord(session, { place, isFailed }, context.nowMs);
  }
  const claim = parseTag(tag);
  const row = claim && findClaimed(session, claim);
  if (!row) return false;
  session.run(messageQueries.deleteMessage, [row.id]);
  const { queue, payload } = row;
  if (settle.kind === 'dead-letter') {
    const name = context.nameOf(queue);
    insertDeadLetter(session, { queue: name, payload, reason: settle.reason }, context);
  } else {
    insertRows(session, [row]); // at the tail
  }
  return true;
}
