import { NotSupportedError } from '../errors.ts';
import type { ResultTuple, SignatureData } from '../protocol/index.ts';
import { type ChordParts, chordParts } from './chord-parts.ts';
import { chordSize } from './chord-size.ts';
import { flatMembers, freeze, type Place } from './freeze.ts';
import { allErrorLinked, allLinked, linkedTo } from './links.ts';
import { type Extras, merged, mergedOptions, noExtras } from './merge.ts';
import type { WireOptions } from './options.ts';
import { planTask } from './plan-task.ts';
import { all, type Plan, type PlanContext } from './planned.ts';
import {
  emptyListOf,
  kindOf,
  memberSignatures,
  rooted,
  signatureList,
  textOr,
  without,
} from './structure.ts';
import { unlockOf } from './unlock.ts';
import { prepared } from './upgrade.ts';

/**
 * Turns a signature into the messages that its sending comes to and the handle of its result, as Celery's
 * client does it. @throws NotSupportedError for links of a group, MessageInvalidError for what is no signature
 */
export function plan(
  signature: SignatureData,
  context: PlanContext,
  extras: Extras = noExtras,
): Plan {
  switch (kindOf(signature)) {
    case 'task':
      return planTask(merged(signature, extras), context);
    case 'chain':
      return planChain(signature, context, extras);
    case 'group':
      return planGroup(signature, context, extras);
    case 'chord':
      return planChord(signature, context, extras);
  }
}

/**
 * All steps get their ids now, the last one the caller's. Only the first is sent; the others travel with it,
 * reversed. Of the chain's options the first step gets those about sending, the last those about what it belongs
 * to and what follows, and `link_error` all of them. Source: `_chain.run` in Celery's `canvas.py`.
 */
function planChain(signature: SignatureData, context: PlanContext, extras: Extras): Plan {
  const options = mergedOptions(signature.options, extras.options);
  const { chain, link, link_error } = options;
  const others = without(options, ...toLast, 'chain', 'link', 'link_error');
  const steps = linkedSteps(prepared(signature, context), { link, link_error }, context);
  const [start, ...rest] = steps;
  if (!start) return { tasks: [], result: [[context.newId(), null], []], ends: [] };

  const place = placeOf(options);
  const { rootId } = place;
  const frozen = rest.map((step, index) =>
    freeze(step, index === rest.length - 1 ? place : { rootId }, context),
  );
  const following = [...(signatureList(chain, 'chain') ?? [])];
  for (const step of frozen.toReversed()) following.push(step.signature);
  const first = freeze(start, rest.length === 0 ? place : { rootId }, context).signature;
  const { args, kwargs } = merged({ ...signature, kwargs: {} }, { ...extras, options: {} });
  const sent = plan(first, context, { args, kwargs, options: { ...others, chain: following } });
  return {
    ...sent,
    child: sent.child ?? sent.result,
    result: frozen.reduce((before, step) => rooted(step.result, before), sent.result),
    ends: frozen.at(-1)?.ends ?? sent.ends,
    before: [sent, ...frozen],
  };
}

function linkedSteps(
  steps: readonly SignatureData[],
  { link, link_error }: WireOptions,
  context: PlanContext,
): readonly SignatureData[] {
  if (link === undefined && link_error === undefined) return steps;
  return steps.map((step, index) => {
    const last = index === steps.length - 1 ? allLinked(step, link, linkedTo) : step;
    return allErrorLinked(last, link_error, context);
  });
}

/** Options of a chain that say what its last step is a part of. */
const toLast = ['task_id', 'group_id', 'group_index', 'chord'];

function placeOf({ task_id, group_id, group_index, chord, root_id }: WireOptions): Place {
  return {
    id: textOr(task_id, undefined),
    groupId: textOr(group_id, undefined),
    groupIndex: typeof group_index === 'number' ? group_index : undefined,
    chord: signatureList(chord, 'chord')?.[0],
    rootId: textOr(root_id, undefined),
  };
}

/**
 * One message per member, with the group's id and its place; each starts a tree of its own. Members of a
 * group inside are spread out, and counted from 0 again. The group's options reach all of them.
 * Source: `group.apply_async` in Celery's `canvas.py`.
 */
function planGroup(signature: SignatureData, context: PlanContext, extras: Extras): Plan {
  const { task_id, ...options } = mergedOptions(signature.options, extras.options);
  if (options['link'] !== undefined || options['link_error'] !== undefined) {
    throw new NotSupportedError('a group has no end to link to; link its members instead');
  }
  if (options['chord'] && flatMembers(signature).length === 0) {
    return planTask(merged(emptyListOf(signature), extras), context);
  }
  const groupId = textOr(task_id, undefined) ?? context.newId();
  const whole = merged({ ...signature, kwargs: {} }, { ...extras, options: {} });
  const within = { ...context, groupId, isMember: true };
  const plans = planMembers(signature, within, { ...whole, options });
  const { tasks, ends, chords, groups } = all(plans);
  const [only, ...others] = plans;
  // as Celery has it: of a group whose one member ends in a group, that is the handle
  const isInner = only && others.length === 0 && only.result[1] !== null;
  const results = plans.map((each) => each.result);
  return {
    ...{ tasks, ends, before: plans, chords, groups },
    result: isInner ? only.result : [[groupId, null], results],
  };
}

function planMembers(
  group: SignatureData,
  context: PlanContext & { readonly groupId: string },
  extras: Extras,
): Plan[] {
  const options = without(extras.options, 'group_id', 'group_index');
  return memberSignatures(group).flatMap((member, index) => {
    if (kindOf(member) === 'group') {
      const own = without(member.options, 'task_id');
      const inner = merged({ ...member, kwargs: {} }, { ...extras, options: {} });
      return planMembers(member, context, { ...inner, options: mergedOptions(own, options) });
    }
    const place = { group_id: context.groupId, group_index: index };
    return [plan(member, context, { ...extras, options: { chord: null, ...options, ...place } })];
  });
}

/**
 * The body gets its ids first and travels with each task of the header, whose parts are counted; whoever has the last
 * one sends it. Without a header it is sent at once. Source: `_chord.run` in Celery's `canvas.py`.
 */
function planChord(signature: SignatureData, context: PlanContext, extras: Extras): Plan {
  const parts = chordParts(signature, extras, context);
  const { groupId, body, header } = parts;
  const within = { ...context, isMember: true };
  const plans = header.map((member, index) =>
    plan(member, within, {
      ...parts.extras,
      options: { ...parts.extras.options, group_index: index },
    }),
  );
  const { tasks, chords, groups } = all(plans);
  const results = plans.map((each) => each.result);
  const child: ResultTuple = [[groupId, null], results];
  const result = rooted(body.result, child);
  if (tasks.length === 0) {
    const now = plan(body.signature, context, { ...noExtras, args: [[]] });
    return { ...now, result, child: now.child ?? now.result };
  }
  // who looks for the parts is told what the header is made of
  const isNested = context.countsChords !== false && results.some(([, inner]) => inner !== null);
  return {
    ...{ result, child, ends: body.ends, before: [...plans, body] },
    ...begun(parts, { tasks, chords, results }, context),
    groups: isNested ? [child, ...groups] : groups,
  };
}

function begun(
  parts: ChordParts,
  {
    tasks,
    chords,
    results,
  }: Required<Pick<Plan, 'tasks' | 'chords'>> & { readonly results: readonly ResultTuple[] },
  context: PlanContext,
): Pick<Plan, 'tasks' | 'chords'> {
  if (context.countsChords === false) {
    const unlock = planTask(unlockOf(parts, results), context).tasks[0];
    const routedAs = parts.body.signature.task;
    return { tasks: unlock ? [{ ...unlock, routedAs }, ...tasks] : tasks, chords };
  }
  const size = chordSize(parts.header, parts.body.signature);
  return { tasks, chords: [...chords, { groupId: parts.groupId, size }] };
}
