import type { ResultTuple, SignatureData } from '../protocol/index.ts';
import { mergedOptions } from './merge.ts';
import type { WireOptions } from './options.ts';
import type { PlanContext, PlannedEnd } from './planned.ts';
import {
  chordRefusal,
  kindOf,
  memberSignatures,
  signatureList,
  without,
  withParent,
} from './structure.ts';

/** A later step of a chain, with its ids in it. */
export interface FrozenStep {
  readonly signature: SignatureData;
  readonly result: ResultTuple;
  readonly ends: readonly PlannedEnd[];
}

/** Options that say what a chain belongs to and what follows it: they are its last step's. */
const lastOnly = ['task_id', 'link', 'group_id', 'group_index', 'chord'];
const noOptions: WireOptions = {};

/**
 * The steps of a chain: chains inside it spliced in, groups of one replaced by their member, and `options`,
 * the chain's own, handed to the steps they are for.
 * @throws NotSupportedError for a chord, and for a group that a step follows: Celery makes that one
 */
export function chainSteps(
  chain: SignatureData,
  options: WireOptions = chain.options,
): readonly SignatureData[] {
  const steps = memberSignatures(chain).flatMap(spliced);
  const followed = steps.slice(0, -1).some((step) => kindOf(step) === 'group');
  if (followed || steps.some((step) => kindOf(step) === 'chord')) {
    throw chordRefusal();
  }
  const { link_error: errbacks, ...others } = mergedOptions(options, {});
  const forFirst = without(others, ...lastOnly);
  const forLast = without(others, ...Object.keys(forFirst));
  return steps.map((step, index) => {
    const first = index === 0 ? withOptions(step, forFirst) : step;
    const { link, ...place } = index === steps.length - 1 ? forLast : noOptions;
    const last = withMembership(linked(first, 'link', link), place);
    return linked(last, 'link_error', errbacks);
  });
}

/** A step with the options of what it now belongs to; unlike a caller's they replace its own. */
export function withMembership(signature: SignatureData, place: WireOptions): SignatureData {
  return { ...signature, options: { ...signature.options, ...place } };
}

/** Gives a step that is not sent yet its ids, and those inside it theirs. */
export function freezeStep(step: SignatureData, context: PlanContext): FrozenStep {
  if (kindOf(step) === 'group') return freezeGroup(step, context);
  if (kindOf(step) === 'chain') return freezeChain(step, context);
  const { task_id, reply_to, link, link_error, group_id, group_index, ...own } = mergedOptions(
    step.options,
    {},
  );
  const id = typeof task_id === 'string' ? task_id : context.newId();
  const late = { link, link_error, group_id, group_index };
  const options = mergedOptions(
    { ...own, task_id: id, reply_to: reply_to ?? context.replyTo },
    late,
  );
  const signature = { ...step, options };
  return { signature, result: [[id, null], null], ends: [{ id, task: step.task, options }] };
}

function freezeGroup(group: SignatureData, context: PlanContext): FrozenStep {
  const { task_id, ...own } = mergedOptions(group.options, {});
  const id = typeof task_id === 'string' ? task_id : context.newId();
  const members = flatMembers(group).map((member, index) =>
    freezeStep(withMembership(member, { group_index: index }), context),
  );
  const kwargs = { tasks: members.map((member) => member.signature) };
  // written out, as Celery does: they are set when the group is sent
  const options = { ...own, task_id: id, root_id: null, parent_id: null };
  return {
    signature: { ...group, kwargs, options },
    result: [[id, null], members.map((member) => member.result)],
    ends: members.flatMap((member) => member.ends),
  };
}

function freezeChain(chain: SignatureData, context: PlanContext): FrozenStep {
  const steps = chainSteps(chain).map((step) => freezeStep(step, context));
  const last = steps.at(-1);
  if (!last) return { signature: chain, result: [[context.newId(), null], []], ends: [] };
  const results = steps.map((step) => step.result);
  const result = results.reduce((parent, step) => withParent(step, parent));
  const kwargs = { tasks: steps.map((step) => step.signature) };
  const options = { task_id: last.result[0][0] };
  return { signature: { ...chain, kwargs, options }, result, ends: last.ends };
}

/** Members of groups inside take their places among the others, with the inner group's options. */
function flatMembers(group: SignatureData): readonly SignatureData[] {
  return memberSignatures(group).flatMap((member) => {
    if (kindOf(member) !== 'group') return [member];
    const options = without(member.options, 'task_id');
    return flatMembers(member).map((each) => withOptions(each, options));
  });
}

function spliced(step: SignatureData): readonly SignatureData[] {
  if (kindOf(step) === 'chain') return chainSteps(step);
  if (kindOf(step) !== 'group') return [step];
  const [only, ...others] = memberSignatures(step);
  if (!only || others.length > 0) return [step];
  return spliced(withOptions(only, step.options));
}

function withOptions(step: SignatureData, options: WireOptions): SignatureData {
  return { ...step, options: mergedOptions(step.options, options) };
}

/** Adds to the signatures that a step already has linked. */
function linked(step: SignatureData, name: 'link' | 'link_error', added: unknown): SignatureData {
  const more = signatureList(added, name);
  if (!more) return step;
  const all = [...(signatureList(step.options[name], name) ?? []), ...more];
  return { ...step, options: { ...step.options, [name]: all } };
}
