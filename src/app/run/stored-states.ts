import type { ResultBackend } from '../../backends/index.ts';
import type { Reading, ResultMeta, ResultTuple } from '../../protocol/index.ts';
import type { Completion, ResultWrite } from '../../transports/index.ts';
import type { PartFacts } from './chord-parts.ts';
import type { Request } from './request.ts';
import { callIn, extendedOf, metaOf, type StateChange } from './result-metas.ts';
import type { AckPolicy } from './settlement.ts';

/** How documents of results are written. */
export interface ResultFacts {
  /** null: results are off. */
  readonly backend: Pick<ResultBackend, 'write' | 'chords' | 'groups'> | null;
  /** Whether they say which task, worker and arguments they are of. */
  readonly isExtended: boolean;
  /** Of messages whose arguments they hold. */
  readonly reading: Reading;
  /** The worker's name. */
  readonly nodeName: string;
  /** Called with each chord that loses a part as results are off. */
  readonly onUncounted?: PartFacts['onUncounted'];
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

/** What storing a state needs. */
export interface StateContext extends ResultFacts {
  readonly policies: CompletionPolicies;
}

/**
 * The state STARTED of a task that begins, with what Celery stores of where it runs. It belongs to no claim: it is
 * written whatever becomes of that.
 */
export function planStarted(
  request: Request,
  context: StateContext,
  pid: number,
): Completion | undefined {
  if (!context.backend || context.policies.ignoresResult(request)) return undefined;
  const result = { pid, hostname: context.nodeName };
  const meta = metaOf(request, { status: 'STARTED', result }, null);
  const write = context.backend.write(extended(meta, request.delivery, context));
  return { tag: '', settle: { kind: 'kept' }, writes: [write], messages: [] };
}

/** The document of a task's state; none where it is not stored. */
export function writesOf(
  task: Request,
  state: StateChange,
  context: StateContext & { readonly dateDone: string },
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
export function extended(
  meta: ResultMeta,
  delivery: Request['delivery'] | undefined,
  { isExtended, nodeName, reading }: ResultFacts,
): ResultMeta {
  if (!isExtended || !delivery) return meta;
  return { ...meta, extended: extendedOf(delivery, callIn(delivery, reading), nodeName) };
}
