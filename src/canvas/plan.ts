import { NotSupportedError } from '../errors.ts';
import type { Embed, SignatureData } from '../protocol/index.ts';
import { chainSteps, freezeStep, withMembership } from './chain-steps.ts';
import { type Extras, merged, mergedOptions, noExtras } from './merge.ts';
import type { WireOptions } from './options.ts';
import type { Plan, PlanContext, PlannedTask } from './planned.ts';
import {
  chordRefusal,
  kindOf,
  memberSignatures,
  signatureList,
  without,
  withParent,
} from './structure.ts';

/**
 * Turns a signature into the messages that its sending comes to and the handle of its result, as Celery's
 * client does it. @throws NotSupportedError for a chord, MessageInvalidError for what is no signature
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
      throw chordRefusal();
  }
}

/** Options that go elsewhere than into a planned task's `options`. */
const placed: ReadonlySet<string> = new Set([
  'task_id',
  'reply_to',
  'root_id',
  'parent_id',
  'group_id',
  'group_index',
  'chord',
  'chain',
  'link',
  'link_error',
]);

const nothingFollows: Embed = { callbacks: null, errbacks: null, chain: null, chord: null };

function planTask(signature: SignatureData, context: PlanContext): Plan {
  const { task, args, kwargs, options: all } = signature;
  const options: Record<string, unknown> = {};
  let isPlain = true;
  for (const name of Object.keys(all)) {
    const value = all[name];
    if (value === null || value === undefined) continue;
    if (placed.has(name)) isPlain = false;
    else options[name] = value;
  }
  const id = textOr(all['task_id'], undefined) ?? context.newId();
  const planned: PlannedTask = {
    task,
    id,
    args,
    kwargs,
    embed: isPlain ? nothingFollows : embedOf(all),
    rootId: textOr(all['root_id'], id),
    parentId: textOr(all['parent_id'], null),
    group: textOr(all['group_id'], null),
    groupIndex: typeof all['group_index'] === 'number' ? all['group_index'] : null,
    replyTo: textOr(all['reply_to'], context.replyTo),
    options,
  };
  return { tasks: [planned], result: [[id, null], null], ends: [{ id, task, options }] };
}

function embedOf({ link, link_error, chain, chord }: WireOptions): Embed {
  return {
    callbacks: signatureList(link, 'link'),
    errbacks: signatureList(link_error, 'link_error'),
    chain: signatureList(chain, 'chain'),
    chord: signatureList(chord, 'chord')?.[0] ?? null,
  };
}

/**
 * All steps get their ids now, the last one the caller's. Only the first is sent; the others travel with it,
 * reversed. Of the chain's options the first step gets those about sending, the last those about what it belongs
 * to and what follows, and `link_error` all of them.
 */
function planChain(signature: SignatureData, context: PlanContext, extras: Extras): Plan {
  const options = mergedOptions(signature.options, extras.options);
  const { chain: leftover, root_id, parent_id, ...own } = options;
  const whole = merged({ ...signature, kwargs: {} }, { ...extras, options: {} });
  const [first, ...rest] = chainSteps(signature, own);
  if (!first) return { tasks: [], result: [[context.newId(), null], []], ends: [] };

  const frozen = rest.map((step) => freezeStep(step, context));
  const following = [...(signatureList(leftover, 'chain') ?? [])];
  following.push(...frozen.map((step) => step.signature).reverse());
  const isFollowed = rest.length > 0 || leftover !== undefined;
  const start = plan(first, context, {
    args: whole.args,
    kwargs: whole.kwargs,
    options: { root_id, parent_id, ...(isFollowed ? { chain: following } : {}) },
  });
  const result = frozen.reduce((parent, step) => withParent(step.result, parent), start.result);
  return { tasks: start.tasks, result, ends: frozen.at(-1)?.ends ?? start.ends };
}

/**
 * One message per member, with the group's id and its place; each starts a tree of its own. Members of a
 * group inside are spread out, and counted from 0 again. The group's options reach all of them.
 */
function planGroup(signature: SignatureData, context: PlanContext, extras: Extras): Plan {
  const { task_id, ...options } = mergedOptions(signature.options, extras.options);
  if (options['link'] !== undefined || options['link_error'] !== undefined) {
    throw new NotSupportedError('a group has no end to link to; link its members instead');
  }
  const groupId = textOr(task_id, undefined) ?? context.newId();
  const whole = merged({ ...signature, kwargs: {} }, { ...extras, options: {} });
  const plans = planMembers(signature, { ...context, groupId }, { ...whole, options });
  return {
    tasks: plans.flatMap((each) => each.tasks),
    result: [[groupId, null], plans.map((each) => each.result)],
    ends: plans.flatMap((each) => each.ends),
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
    return [plan(withMembership(member, place), context, { ...extras, options })];
  });
}

function textOr<Other>(value: WireOptions[string], otherwise: Other): string | Other {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}
