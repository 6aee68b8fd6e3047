import { membershipOf, type PlannedTask, planErrbacks, planNext } from '../../canvas/index.ts';
import { type RemoteError, summaryOf } from '../../errors.ts';
import type { Outcome } from '../../pool/index.ts';
import {
  DELIVERIES_HEADER,
  type Embed,
  type OutgoingMessage,
  type ResultTuple,
} from '../../protocol/index.ts';
import type { Completion, Parking, Settle } from '../../transports/index.ts';
import type { Millis } from '../../util/index.ts';
import { type PartFacts, partsOf } from './chord-parts.ts';
import { invalidError, lostError, rejection } from './failures.ts';
import { lossesOf } from './losses.ts';
import type { Request } from './request.ts';
import { embedIn, endedStates } from './result-metas.ts';
import { retryMessage } from './retry-message.ts';
import { beginning, type Effects, sentNext } from './sent-next.ts';
import { settlementFor } from './settlement.ts';
import { type CompletionPolicies, type ResultFacts, writesOf } from './stored-states.ts';

/** What planning a completion needs besides the request and its outcome. Nothing here does I/O. */
export interface CompletionContext extends ResultFacts {
  readonly policies: CompletionPolicies;
  readonly compose: (planned: readonly PlannedTask[]) => readonly OutgoingMessage[];
  readonly newId: () => string;
  readonly replyTo: string;
  /** `taskAllowErrorCbOnChordHeader` */
  readonly errorCallbacksOnHeader?: boolean | undefined;
  readonly nowMs: Millis;
  /** false: results are kept, and nothing counts the parts of chords; see `PlanContext`. */
  readonly countsChords?: boolean | undefined;
  /** `nowMs` as it is written into results. */
  readonly dateDone: string;
}

/** All effects of one outcome; a redelivery lays the message aside instead of completing it. */
export type CompletionPlan =
  | Readonly<{ kind: 'complete'; completion: Completion }>
  | Readonly<{ kind: 'redeliver'; parking: Parking }>;

/** How long a message whose executor died waits for its next worker. */
const REDELIVER_AFTER_MS: Millis = 1_000;

/** Turns how a task ended into everything that follows from it. */
export function planCompletion(
  request: Request,
  outcome: Outcome,
  context: CompletionContext,
): CompletionPlan {
  const settlement = settlementFor(
    outcome,
    context.policies.acks(request.task),
    request.deliveries,
  );
  if (settlement.kind === 'redeliver') {
    const headers = { [DELIVERIES_HEADER]: request.deliveries + 1 };
    const dueMs = context.nowMs + REDELIVER_AFTER_MS;
    return { kind: 'redeliver', parking: { tag: request.tag, dueMs, headers } };
  }
  const effects = effectsOf(request, outcome, context);
  return { kind: 'complete', completion: complete(request, settlement, effects) };
}

/**
 * What becomes of an outcome that could not be planned, as what it asked for next cannot be sent: that is the task's
 * failure, and what was to follow it never will. Had it failed already, it stays so and its errbacks are left out.
 */
export function planUnsendable(
  request: Request,
  outcome: Outcome,
  error: unknown,
  context: CompletionContext,
): Readonly<{ outcome: Outcome; plan: CompletionPlan }> {
  const failure = unsendable(request, outcome, { error, reading: context.reading });
  try {
    if (failure !== outcome) {
      return { outcome: failure, plan: planCompletion(request, failure, context) };
    }
  } catch {
    // its errbacks cannot be sent either
  }
  const embed = failure.embed && { ...failure.embed, errbacks: null };
  return { outcome: failure, plan: planCompletion(request, { ...failure, embed }, context) };
}

function unsendable(
  { delivery }: Request,
  outcome: Outcome,
  { error, reading }: { readonly error: unknown } & Pick<CompletionContext, 'reading'>,
): Outcome {
  const { kind, children, runtimeMs } = outcome;
  if (kind !== 'success' && kind !== 'retry' && kind !== 'replaced') return outcome;
  // what was to follow it had gone over to what was to replace it
  const embed = kind === 'replaced' ? embedIn(delivery, reading) : outcome.embed;
  const { name } = error instanceof Error ? error : { name: 'Error' };
  return {
    kind: 'failure',
    error: { type: name, module: 'celeriac', args: [summaryOf(error)], traceback: null },
    ...{ children, embed, runtimeMs },
  };
}

const NOTHING: Effects = { writes: [], messages: [] };

function complete({ tag, replyTo }: Request, settle: Settle, effects: Effects): Completion {
  const { writes, messages, openings, parts, hasFailed } = effects;
  if (!openings && !parts) return { tag, replyTo, settle, writes, messages };
  // as most members of a chord have it; field by field, as spreading costs more than all else here
  if (!openings && !hasFailed && parts?.length)
    return { tag, replyTo, settle, writes, messages, parts };
  return {
    ...{ tag, replyTo, settle, writes, messages },
    ...(hasFailed ? { hasFailed } : undefined),
    ...(openings?.length ? { openings } : undefined),
    ...(parts?.length ? { parts } : undefined),
  };
}

function effectsOf(request: Request, outcome: Outcome, context: CompletionContext): Effects {
  switch (outcome.kind) {
    case 'success':
      return onSuccess(request, outcome, context);
    case 'failure':
      return onFailure(request, outcome, outcome.error, context);
    case 'retry':
      return onRetry(request, outcome, context);
    case 'ignored':
      return onIgnored(request, outcome, context);
    case 'replaced':
      return onReplaced(outcome, context);
    case 'rejected':
      return outcome.requeue
        ? NOTHING
        : onFailure(request, outcome, rejection(outcome.reason), context);
    case 'worker-lost':
      return onFailure(request, outcome, lostError(outcome.reason), context);
    case 'malformed':
      return onFailure(request, outcome, outcome.error ?? invalidError(outcome.reason), context);
  }
}

/** Callbacks, then the next step, then the result: so the result lists what was sent. */
function onSuccess(
  request: Request,
  outcome: Extract<Outcome, { kind: 'success' }>,
  context: CompletionContext,
): Effects {
  const { embed, resultText } = outcome;
  if (!embed) {
    const state = { status: 'SUCCESS', children: outcome.children, resultText } as const;
    return { messages: [], writes: writesOf(request, state, context) };
  }
  const { group: groupId, group_index: groupIndex } = request.delivery.headers;
  const membership = membershipOf(embed.chord, { id: request.id, groupId, groupIndex });
  const parts = membership
    ? partsOf([membership], { status: 'SUCCESS', resultText }, factsOf(request, context))
    : NO_PARTS;
  if (!embed.callbacks?.length && !embed.chain?.length) {
    const state = { status: 'SUCCESS', children: outcome.children, resultText } as const;
    return { messages: NO_MESSAGES, writes: writesOf(request, state, context), parts };
  }
  const { id, rootId, priority = 0 } = request;
  const inherited = context.policies.inheritsPriority ? { parentPriority: priority } : undefined;
  const next = planNext(embed, { id, rootId, resultText, ...inherited }, context);
  const children = [...outcome.children, ...next.children];
  const { writes: begun, ...sent } = sentNext(next, context);
  const own = writesOf(request, { status: 'SUCCESS', children, resultText }, context);
  return { ...sent, writes: begun.length > 0 ? [...begun, ...own] : own, parts };
}

const NO_PARTS: NonNullable<Effects['parts']> = [];
const NO_MESSAGES: Effects['messages'] = [];

/** Errbacks; and what will now never run. */
function onFailure(
  request: Request,
  outcome: Outcome,
  error: RemoteError,
  context: CompletionContext,
): Effects {
  const { children } = outcome;
  const own = writesOf(request, { status: 'FAILURE', error, children }, context);
  const embed = embedOf(request, outcome, context);
  if (!embed) return { writes: own, messages: [] };

  const { id, rootId, delivery } = request;
  const ended = { id, headers: delivery.headers, embed };
  const losses = lossesOf(ended, { status: 'FAILURE', error }, factsOf(request, context));
  const errbacks = planErrbacks(embed, { id, rootId }, context);
  const { writes: begun, ...sent } = sentNext(errbacks, context);
  const writes = [...begun, ...own, ...losses.writes];
  return { ...sent, writes, parts: losses.parts, hasFailed: true };
}

/** Nothing is stored of it, and nothing follows; a chord goes on without its result. */
function onIgnored(request: Request, { embed }: Outcome, context: CompletionContext): Effects {
  if (!embed) return NOTHING;
  const ended = { id: request.id, headers: request.delivery.headers, embed };
  const { parts } = lossesOf(ended, { status: 'IGNORED' }, factsOf(request, context));
  return { ...NOTHING, parts };
}

/** What has taken its place reports to whoever waits for it. */
function onReplaced(
  { messages, chords, groups, lost }: Extract<Outcome, { kind: 'replaced' }>,
  { backend, dateDone }: CompletionContext,
): Effects {
  const { writes, ...begun } = beginning({ chords, groups }, backend);
  const ended =
    lost && backend
      ? endedStates(lost.ids, { status: 'FAILURE', ...lost }, { backend, dateDone })
      : [];
  return { messages, ...begun, writes: [...writes, ...ended] };
}

/** What the message asked for, also where its task was not come to. */
function embedOf(request: Request, outcome: Outcome, { reading }: CompletionContext): Embed | null {
  const isUnread = outcome.kind === 'worker-lost' || outcome.kind === 'malformed';
  return outcome.embed ?? (isUnread ? embedIn(request.delivery, reading) : null);
}

function factsOf(
  { rootId }: Request,
  { backend, dateDone, onUncounted }: CompletionContext,
): PartFacts {
  return { backend, rootId, dateDone, onUncounted };
}

function onRetry(
  request: Request,
  outcome: Extract<Outcome, { kind: 'retry' }>,
  context: CompletionContext,
): Effects {
  const message = retryMessage(request, outcome, context.nowMs);
  const itself: ResultTuple = [[request.id, null], null];
  const children = [...outcome.children, itself];
  const writes = writesOf(request, { status: 'RETRY', error: outcome.error, children }, context);
  return { messages: [message], writes };
}
