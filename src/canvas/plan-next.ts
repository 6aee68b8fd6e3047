import { type Embed, RawJson, type SignatureData } from '../protocol/index.ts';
import type { Extras } from './merge.ts';
import { plan } from './plan.ts';
import type { Plan, PlanContext, Planned, PlannedTask } from './planned.ts';
import { kindOf } from './structure.ts';

/** A task that has succeeded. */
export interface Done {
  readonly id: string;
  readonly rootId: string;
  /** Its result as JSON text: it is passed on as it is. */
  readonly resultText: string;
  /** Its priority, if what follows is to have the same. */
  readonly parentPriority?: number;
}

/**
 * What is sent because a task succeeded: first its callbacks, then the next step of its chain, which takes the
 * rest of the chain along. One callback is sent as it is; of several the groups are, and the others become one group.
 * @throws NotSupportedError for a chord among them
 */
export function planNext(embed: Embed, done: Done, context: PlanContext): Planned {
  const extras: Extras = {
    args: [new RawJson(done.resultText)],
    kwargs: {},
    options: {
      root_id: done.rootId,
      parent_id: done.id,
      ...(done.parentPriority === undefined ? {} : { priority: done.parentPriority }),
    },
  };
  const plans = gathered(embed.callbacks ?? []).map((each) => plan(each, context, extras));
  const step = embed.chain?.at(-1);
  if (step) {
    const options = { ...extras.options, chain: embed.chain?.slice(0, -1) ?? [] };
    plans.push(plan(step, context, { ...extras, options }));
  }
  return together(plans);
}

/**
 * What is sent because a task failed: its errbacks as one group, each with the failed task's id first.
 * Celery may call an errback inside the worker instead; another language cannot.
 */
export function planErrbacks(
  embed: Embed,
  failed: Readonly<{ id: string; rootId: string }>,
  context: PlanContext,
): Planned {
  const errbacks = embed.errbacks ?? [];
  if (errbacks.length === 0) return { tasks: [], children: [] };
  const options = { root_id: failed.rootId, parent_id: failed.id };
  const extras = { args: [failed.id], kwargs: {}, options };
  return together([plan(groupOf(errbacks), context, extras)]);
}

/** The ids of all tasks that were to follow in a chain: after a failure nobody will ever run them. */
export function pendingIds(embed: Embed): readonly string[] {
  return [...(embed.chain ?? [])].reverse().flatMap(idsIn);
}

/**
 * The ids of the bodies of all chords that a failed task, or a step that was to follow it, is a part of: they never
 * run either. This worker counts no chord's parts yet, so it says so at once.
 */
export function brokenBodyIds({ chord, chain }: Embed): readonly string[] {
  const bodies = [chord, ...(chain ?? []).map((step) => step.options['chord'])];
  return innerIds(bodies);
}

function idsIn(signature: SignatureData): readonly string[] {
  const id = signature.options['task_id'];
  const own = typeof id === 'string' ? [id] : [];
  const { tasks, body } = signature.kwargs;
  switch (kindOf(signature)) {
    case 'task':
      return own;
    case 'chord':
      return [...new Set([...own, ...innerIds([body])])];
    case 'chain':
    case 'group':
      return [...new Set([...own, ...innerIds(tasks)])];
  }
}

function innerIds(tasks: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(tasks) ? tasks : [];
  return list.flatMap((each) => (isSignature(each) ? idsIn(each) : []));
}

function isSignature(value: unknown): value is SignatureData {
  return (
    typeof value === 'object' &&
    value !== null &&
    'options' in value &&
    typeof value.options === 'object' &&
    value.options !== null &&
    'kwargs' in value &&
    typeof value.kwargs === 'object' &&
    value.kwargs !== null
  );
}

function gathered(callbacks: readonly SignatureData[]): readonly SignatureData[] {
  if (callbacks.length < 2) return callbacks;
  const groups = callbacks.filter((each) => kindOf(each) === 'group');
  const others = callbacks.filter((each) => kindOf(each) !== 'group');
  return others.length > 0 ? [...groups, groupOf(others)] : groups;
}

/** A group of signatures, as it is written on the wire. */
export function groupOf(tasks: readonly SignatureData[]): SignatureData {
  return {
    task: 'celery.group',
    args: [],
    kwargs: { tasks },
    options: {},
    subtask_type: 'group',
    immutable: false,
  };
}

function together(plans: readonly Plan[]): Planned {
  const tasks: PlannedTask[] = plans.flatMap((each) => each.tasks);
  return { tasks, children: plans.map((each) => each.result) };
}
