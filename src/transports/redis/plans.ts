import { type OutgoingMessage, spliceHeaders } from '../../protocol/index.ts';
import { burialNote, type Verdict } from '../burials.ts';
import type { Completion, Parking } from '../transport.ts';
import type { Commit } from './commit.lua.ts';
import type { HeldClaim } from './held-claims.ts';
import { entryTail, type Layout } from './layout.ts';
import type { Park } from './park.lua.ts';
import { type BindingTable, routedForm, storedForm } from './routes.ts';

/** What a plan needs to know beside the completion. */
export interface PlanContext {
  readonly layout: Layout;
  /** The bindings of the exchanges that messages are routed through. */
  readonly table: BindingTable;
  /** Asked only for a dead letter. */
  readonly letter: () => Omit<Verdict, 'reason'>;
  /** The list that a queue's dead letters are kept in. */
  readonly deadKeyOf: (queue: string) => string;
}

/**
 * A completion as the commit script takes it.
 * @throws EncodeError, MessageUnroutableError
 */
export function planCommit(
  completion: Completion,
  claim: HeldClaim | undefined,
  context: PlanContext,
): Commit {
  const { tag, replyTo, settle, writes, messages, openings, parts } = completion;
  return {
    tag,
    replyChannel: replyTo === undefined ? '' : context.layout.replyChannelOf(replyTo),
    settle: planSettle(settle, claim, context),
    writes,
    messages:
      messages.length === 0
        ? NO_MESSAGES
        : postsFirst(messages.flatMap((message) => planMessages(message, context))),
    openings: openings ?? NOTHING_COUNTS,
    parts: parts ?? NOTHING_COUNTS,
  };
}

const NO_MESSAGES: Commit['messages'] = [];
const NOTHING_COUNTS: readonly never[] = [];

/** What is published may be refused, and heard twice: nothing may be in a list by then. */
function postsFirst(messages: Commit['messages']): Commit['messages'] {
  if (messages.length < 2) return messages;
  return messages.toSorted((one, other) => Number(one.list !== '') - Number(other.list !== ''));
}

function planMessages(message: OutgoingMessage, context: PlanContext): Commit['messages'] {
  if (!message.route) return [storedForm(message, context.layout)];
  const { stored, posts } = routedForm(message, message.route, context);
  return [
    ...stored,
    ...posts.map(({ channel, payload }) => ({ list: '', payload: `${channel}\n${payload}` })),
  ];
}

function planSettle(
  settle: Completion['settle'],
  claim: HeldClaim | undefined,
  { letter, deadKeyOf }: PlanContext,
): Commit['settle'] {
  if (settle.kind === 'kept') return { code: 'k' };
  if (settle.kind === 'fire') {
    return { code: 'f', chord: settle.chord, isFailed: settle.isFailed ?? false };
  }
  // not held: there is nothing to put anywhere, and the script will find it lost
  if (!claim) return { code: 'a' };
  if (settle.kind === 'dead-letter') {
    const info = burialNote({ reason: settle.reason, ...letter() }, claim.payload);
    return { code: 'd', dead: deadKeyOf(claim.queue), info };
  }
  return settle.kind === 'requeue' ? { code: 'r', list: claim.list } : { code: 'a' };
}

/** A parking as the park script takes it. */
export function planPark({ tag, dueMs, headers }: Parking, claim: HeldClaim): Park {
  const { list, payload, queue } = claim;
  const entry = headers ? `[${spliceHeaders(payload, headers)}${entryTail(queue)}` : '';
  return { tag, dueSeconds: dueMs / 1000, list, entry };
}
