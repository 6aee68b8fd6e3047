import type { ResultBackend } from '../backends/index.ts';
import {
  type Planned,
  type PlannedTask,
  pendingIds,
  planErrbacks,
  planNext,
} from '../canvas/index.ts';
import type { RemoteError } from '../errors.ts';
import type { Outcome } from '../pool/index.ts';
import type { OutgoingMessage, ResultMeta, ResultTuple, TaskState } from '../protocol/index.ts';
import { toWireTime } from '../protocol/index.ts';
import type { Completion, Parking, ResultWrite, Settle } from '../transports/index.ts';
import type { Millis } from '../util/index.ts';
import { DELIVERIES_HEADER, type Request } from './request.ts';
import { retryMessage } from './retry-message.ts';
import { type AckPolicy, settlementFor } from './settlement.ts';

/** What planning a completion needs besides the request and its outcome. Nothing here does I/O. */
export interface CompletionContext {
  readonly policy: AckPolicy;
  readonly ignoresResult: boolean;
  /** null: results are off. */
  readonly backend: Pick<ResultBackend, 'write'> | null;
  readonly compose: (planned: readonly PlannedTask[]) => readonly OutgoingMessage[];
  readonly newId: () => string;
  readonly replyTo: string;
  readonly nowMs: Millis;
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
  const settlement = settlementFor(outcome, context.policy, request.deliveries);
  if (settlement.kind === 'redeliver') {
    const headers = { [DELIVERIES_HEADER]: request.deliveries + 1 };
    const dueMs = context.nowMs + REDELIVER_AFTER_MS;
    return { kind: 'redeliver', parking: { tag: request.tag, dueMs, headers } };
  }
  const effects = effectsOf(request, outcome, {
    ...context,
    isDead: settlement.kind === 'dead-letter',
  });
  return { kind: 'complete', completion: complete(request.tag, settlement, effects) };
}

/** The end of a message that never ran: what its sender is told, and where the message goes. */
export function planRefusal(
  request: Pick<Request, 'tag'> & Partial<Pick<Request, 'id' | 'groupId' | 'parentId'>>,
  refusal: Readonly<{ settle: Settle; status: 'FAILURE' | 'REVOKED'; error: RemoteError }>,
  backend: Pick<ResultBackend, 'write'> | null,
  nowMs: Millis,
): Completion {
  const writes: ResultWrite[] = [];
  if (backend && request.id !== undefined) {
    const { id, groupId = null, parentId = null } = request;
    const state = { status: refusal.status, error: refusal.error };
    writes.push(backend.write(metaOf({ id, groupId, parentId }, state, nowMs)));
  }
  return complete(request.tag, refusal.settle, { writes, messages: [] });
}

interface Effects {
  readonly writes: readonly ResultWrite[];
  readonly messages: readonly OutgoingMessage[];
}

const NOTHING: Effects = { writes: [], messages: [] };

function complete(tag: string, settle: Settle, effects: Effects): Completion {
  return { tag, settle, ...effects };
}

function effectsOf(
  request: Request,
  outcome: Outcome,
  context: CompletionContext & Readonly<{ isDead: boolean }>,
): Effects {
  switch (outcome.kind) {
    case 'success':
      return onSuccess(request, outcome, context);
    case 'failure':
      return onFailure(request, outcome, outcome.error, context);
    case 'retry':
      return onRetry(request, outcome, context);
    case 'ignored':
      return NOTHING;
    case 'rejected':
      return context.isDead
        ? onFailure(request, outcome, rejection(outcome.reason), context)
        : NOTHING;
    case 'worker-lost':
      return onFailure(request, outcome, lostError(outcome.reason), context);
    case 'malformed':
      return onFailure(request, outcome, invalidError(outcome.reason), context);
  }
}

/** Callbacks, then the next step, then the result: so the result lists what was sent. */
function onSuccess(
  request: Request,
  outcome: Extract<Outcome, { kind: 'success' }>,
  context: CompletionContext,
): Effects {
  const next: Planned = outcome.embed
    ? planNext(
        outcome.embed,
        { id: request.id, rootId: request.rootId, resultText: outcome.resultText },
        context,
      )
    : { tasks: [], children: [] };
  const children = [...outcome.children, ...next.children];
  const meta = metaOf(request, { status: 'SUCCESS', children }, context.nowMs);
  return {
    messages: next.tasks.length > 0 ? context.compose(next.tasks) : [],
    writes: writesOf({ ...meta, resultText: outcome.resultText }, context),
  };
}

/** Errbacks; and the steps that will now never run are marked as failed, as Celery does. */
function onFailure(
  request: Request,
  outcome: Outcome,
  error: RemoteError,
  context: CompletionContext,
): Effects {
  const { children, embed } = outcome;
  const meta = metaOf(request, { status: 'FAILURE', error, children }, context.nowMs);
  const writes = [...writesOf(meta, context)];
  if (!embed) return { writes, messages: [] };

  for (const id of pendingIds(embed)) {
    if (!context.backend) break;
    const skipped = { id, groupId: null, parentId: null };
    const state = { status: 'FAILURE', error, children: [] } as const;
    writes.push(context.backend.write(metaOf(skipped, state, context.nowMs)));
  }
  const errbacks = planErrbacks(embed, { id: request.id, rootId: request.rootId }, context);
  return { writes, messages: errbacks.tasks.length > 0 ? context.compose(errbacks.tasks) : [] };
}

function onRetry(
  request: Request,
  outcome: Extract<Outcome, { kind: 'retry' }>,
  context: CompletionContext,
): Effects {
  const message = retryMessage(request, outcome, context.nowMs);
  const itself: ResultTuple = [[request.id, null], null];
  const children = [...outcome.children, itself];
  const meta = metaOf(request, { status: 'RETRY', error: outcome.error, children }, context.nowMs);
  return { messages: [message], writes: writesOf(meta, context) };
}

function writesOf(meta: ResultMeta, context: CompletionContext): readonly ResultWrite[] {
  return context.backend && !context.ignoresResult ? [context.backend.write(meta)] : [];
}

function metaOf(
  task: Readonly<{ id: string; groupId: string | null; parentId: string | null }>,
  state: Readonly<{
    status: TaskState;
    error?: RemoteError | null;
    children?: readonly ResultTuple[];
  }>,
  nowMs: Millis,
): ResultMeta {
  const isDone = state.status !== 'RETRY';
  const error = state.error ?? null;
  return {
    taskId: task.id,
    status: state.status,
    result: null,
    error,
    traceback: error?.traceback ?? null,
    children: state.children ?? [],
    dateDone: isDone ? toWireTime(nowMs) : null,
    groupId: task.groupId,
    parentId: task.parentId,
  };
}

function rejection(reason: string): RemoteError {
  return { type: 'Reject', module: 'celery.exceptions', args: [reason, false], traceback: null };
}

function lostError(reason: string): RemoteError {
  return {
    type: 'WorkerLostError',
    module: 'billiard.exceptions',
    args: [reason],
    traceback: null,
  };
}

/** Told to whoever waits for a message that no worker can run. */
export function invalidError(reason: string): RemoteError {
  return { type: 'InvalidTaskError', module: 'celery.exceptions', args: [reason], traceback: null };
}

/** Told to whoever waits for a task that came too late. */
export const expiredError: RemoteError = {
  type: 'TaskRevokedError',
  module: 'celery.exceptions',
  args: ['expired'],
  traceback: null,
};

/** Told to whoever waits for a task that no worker knew for as long as it was put back. */
export function notRegisteredError(task: string): RemoteError {
  return { type: 'NotRegistered', module: 'celery.exceptions', args: [task], traceback: null };
}
