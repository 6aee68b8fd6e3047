import { type Embed, RawJson, type SignatureData } from '../protocol/index.ts';
import type { Extras } from './merge.ts';
import { plan } from './plan.ts';
import { all, type Plan, type PlanContext, type Planned } from './planned.ts';
import { groupOf, kindOf } from './structure.ts';

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
 * rest of the chain along; of a chord that is a step, the body does. One callback is sent as it is; of several the
 * groups are, and the others become one group. Source: `trace_task` in Celery's `app/trace.py`.
 */
export function planNext(embed: Embed, done: Done, context: PlanContext): Planned {
  const { id, rootId, resultText, parentPriority: priority = null } = done;
  const extras: Extras = {
    args: [new RawJson(resultText)],
    kwargs: {},
    options: { root_id: rootId, parent_id: id, priority },
  };
  const within = { ...context, parent: { id, rootId } };
  const plans = gathered(embed.callbacks ?? []).map((each) => plan(each, within, extras));
  const step = embed.chain?.at(-1);
  if (step) {
    const options = { chain: embed.chain?.slice(0, -1) ?? [], ...extras.options };
    plans.push(plan(step, within, { ...extras, options }));
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
  return together([plan(groupOf(errbacks), { ...context, parent: failed }, extras)]);
}

function gathered(callbacks: readonly SignatureData[]): readonly SignatureData[] {
  if (callbacks.length < 2) return callbacks;
  const groups = callbacks.filter((each) => kindOf(each) === 'group');
  const others = callbacks.filter((each) => kindOf(each) !== 'group');
  return others.length > 0 ? [...groups, groupOf(others)] : groups;
}

/** Several plans as what follows one task. */
export function together(plans: readonly Plan[]): Planned {
  const { tasks, chords, groups } = all(plans);
  return { tasks, children: plans.map((each) => each.child ?? each.result), chords, groups };
}
