import type { ResultBackend } from '../../backends/index.ts';
import {
  brokenBodyIds,
  type PlannedTask,
  pendingIds,
  planErrbacks,
  planNext,
} from '../../canvas/index.ts';
import { type RemoteError, summaryOf } from '../../errors.ts';
import type { Outcome } from '../../pool/index.ts';
import type {
  Embed,
  OutgoingMessage,
  Reading,
  ResultMeta,
  ResultTuple,
} from '../../protocol/index.ts';
import { DELIVERIES_HEADER, toWireTime } from '../../protocol/index.ts';
import type { Completion, Parking, ResultWrite, Settle } from '../../transports/index.ts';
import type { Millis } from '../../util/index.ts';
import { chordError, invalidError, lostError, rejection } from './failures.ts';
import type { Request } from './request.ts';
import { callIn, embedIn, extendedOf, metaOf, type StateChange } from './result-metas.ts';
import { retryMessage } from './retry-message.ts';
import { type AckPolicy, settlementFor } from './settlement.ts';

/** How documents of results are written. */
export interface ResultFacts {
  /** null: results are off. */
  readonly backend: Pick<ResultBackend, 'write'> | null;
  /** Whether they say which task, worker and arguments they are of. */
  readonly isExtended: boolean;
  /** Of messages whose arguments they hold. */
  readonly reading: Reading;
  /** The worker's name. */
  readonly nodeName: string;
}

/** What tasks and settings say about acknowledging and storing. */
export interface CompletionPolicies {
  acks(task: string): AckPolicy;
  /** Whether nothing is stored of what the task comes to. */
  ignoresResult(request: Request): boolean;
  /** Whether a failure is not stored either. */
  ignoresError(request: Request): boolean;
  /** Whether what follows a task has the task's priority. */
  readonly inheritsPriority: boolean;
  /** Whether what a task sends is listed in its result. */
  trails(task: string): boolean;
}

/** What planning a completion needs besides the request and its outcome. Nothing here does I/O. */
export interface CompletionContext extends ResultFacts {
  readonly policies: CompletionPolicies;
  readonly compose: (planned: readonly PlannedTask[]) => readonly OutgoingMessage[];
  readonly newId: () => string;
  readonly replyTo: string;
  readonly nowMs: Millis;
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
  const failure = unsendable(outcome, error);
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

function unsendable(outcome: Outcome, error: unknown): Outcome {
  if (outcome.kind !== 'success' && outcome.kind !== 'retry') return outcome;
  const { children, embed, runtimeMs } = outcome;
  const { name } = error instanceof Error ? error : { name: 'Error' };
  return {
    kind: 'failure',
    error: { type: name, module: 'celeriac', args: [summaryOf(error)], traceback: null },
    ...{ children, embed, runtimeMs },
  };
}

/** How a message ends that never ran. */
export interface Refused {
  readonly settle: Settle;
  readonly status: 'FAILURE' | 'REVOKED';
  readonly error: RemoteError;
  /** Whether that is not stored of the task itself. */
  readonly isIgnored?: boolean;
}

/** The end of a message that never ran: what its sender is told, also of what was to follow it, and where it goes. */
export function planRefusal(
  request: Pick<Request, 'tag'> & Partial<Request>,
  refused: Refused,
  facts: ResultFacts,
  nowMs: Millis,
): Completion {
  const writes: ResultWrite[] = [];
  const { backend, reading } = facts;
  if (backend && request.id !== undefined) {
    const { id, groupId = null, parentId = null, delivery } = request;
    const dateDone = toWireTime(nowMs);
    const meta = metaOf({ id, groupId, parentId }, refused, dateDone);
    const embed = delivery ? embedIn(delivery, reading) : null;
    if (!refused.isIgnored) writes.push(backend.write(extended(meta, delivery, facts)));
    writes.push(...skippedBy(embed, id, refused, dateDone).map((each) => backend.write(each)));
  }
  return complete(request, refused.settle, { writes, messages: [] });
}

/**
 * The state STARTED of a task that begins, with what Celery stores of where it runs. It belongs to no claim: it is
 * written whatever becomes of that.
 */
export function planStarted(
  request: Request,
  context: Pick<CompletionContext, keyof ResultFacts | 'policies'>,
  pid: number,
): Completion | undefined {
  if (!context.backend || context.policies.ignoresResult(request)) return undefined;
  const result = { pid, hostname: context.nodeName };
  const meta = metaOf(request, { status: 'STARTED', result }, null);
  const write = context.backend.write(extended(meta, request.delivery, context));
  return { tag: '', settle: { kind: 'kept' }, writes: [write], messages: [] };
}

interface Effects {
  readonly writes: readonly ResultWrite[];
  readonly messages: readonly OutgoingMessage[];
}

const NOTHING: Effects = { writes: [], messages: [] };

function complete(
  { tag, replyTo }: Partial<Pick<Request, 'replyTo'>> & Pick<Request, 'tag'>,
  settle: Settle,
  { writes, messages }: Effects,
): Completion {
  return { tag, replyTo, settle, writes, messages };
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
      return NOTHING;
    case 'replaced':
      return { writes: [], messages: outcome.messages };
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
  const { id, rootId, priority = 0 } = request;
  const inherited = context.policies.inheritsPriority ? { parentPriority: priority } : undefined;
  const next = planNext(embed, { id, rootId, resultText, ...inherited }, context);
  const children = [...outcome.children, ...next.children];
  return {
    messages: context.compose(next.tasks),
    writes: writesOf(request, { status: 'SUCCESS', children, resultText }, context),
  };
}

/** Errbacks; and what will now never run. */
function onFailure(
  request: Request,
  outcome: Outcome,
  error: RemoteError,
  context: CompletionContext,
): Effects {
  const { children, embed } = outcome;
  const own = writesOf(request, { status: 'FAILURE', error, children }, context);
  if (!embed) return { writes: own, messages: [] };

  const { backend, dateDone } = context;
  const skipped = skippedBy(embed, request.id, { status: 'FAILURE', error }, dateDone);
  const writes = backend ? [...own, ...skipped.map((meta) => backend.write(meta))] : own;
  const errbacks = planErrbacks(embed, { id: request.id, rootId: request.rootId }, context);
  return { writes, messages: context.compose(errbacks.tasks) };
}

/**
 * The steps that will now never run end as the task did, as Celery has it for failures. The bodies of chords that it
 * was to be a part of fail.
 */
function skippedBy(
  embed: Embed | null,
  id: string,
  { status, error }: Pick<Refused, 'status' | 'error'>,
  dateDone: string,
): ResultMeta[] {
  if (!embed) return [];
  const ended = (taskId: string, state: StateChange): ResultMeta =>
    metaOf({ id: taskId, groupId: null, parentId: null }, state, dateDone);
  const broken = { status: 'FAILURE', error: chordError(id, error) } as const;
  return [
    ...pendingIds(embed).map((each) => ended(each, { status, error })),
    ...brokenBodyIds(embed).map((each) => ended(each, broken)),
  ];
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

function writesOf(
  task: Request,
  state: StateChange,
  context: CompletionContext,
): readonly ResultWrite[] {
  const { backend, policies, dateDone } = context;
  const { status, children } = state;
  if (!backend) return [];
  if (status === 'FAILURE' ? policies.ignoresError(task) : policies.ignoresResult(task)) return [];
  const listed = children?.length && policies.trails(task.task) ? children : NO_CHILDREN;
  const meta = metaOf(task, { ...state, children: listed }, status === 'RETRY' ? null : dateDone);
  return [backend.write(extended(meta, task.delivery, context))];
}

const NO_CHILDREN: readonly ResultTuple[] = [];

/** With what `resultExtended` adds; a message without headers that make sense adds nothing. */
function extended(
  meta: ResultMeta,
  delivery: Request['delivery'] | undefined,
  { isExtended, nodeName, reading }: ResultFacts,
): ResultMeta {
  if (!isExtended || !delivery) return meta;
  return { ...meta, extended: extendedOf(delivery, callIn(delivery, reading), nodeName) };
}
