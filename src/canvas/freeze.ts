import type { ResultTuple, SignatureData } from '../protocol/index.ts';
import { mergedOptions } from './merge.ts';
import type { PlanContext, PlannedEnds } from './planned.ts';
import {
  bodyOf,
  emptyListOf,
  headerOf,
  isHeaderFrozen,
  kindOf,
  memberSignatures,
  rooted,
  textOr,
  withMembers,
  withOuter,
  without,
} from './structure.ts';
import { prepared } from './upgrade.ts';

/** A signature with all its ids in it, to be sent later. */
export interface Frozen extends PlannedEnds {
  readonly signature: SignatureData;
  /** The handle of its result. */
  readonly result: ResultTuple;
}

/** What a signature is told as it is frozen; what it has of its own stays, but for the chord and the index. */
export interface Place {
  /** The id of the task at its end. */
  readonly id?: string | undefined;
  readonly groupId?: string | undefined;
  readonly groupIndex?: number | undefined;
  /** The body of the chord that it is a part of. */
  readonly chord?: SignatureData | undefined;
  readonly rootId?: string | undefined;
}

/**
 * Gives a signature that is not sent yet its ids, and all inside it theirs. What it has is kept, so freezing twice
 * changes nothing. Source: `freeze` of each class in Celery's `canvas.py`.
 */
export function freeze(signature: SignatureData, place: Place, context: PlanContext): Frozen {
  switch (kindOf(signature)) {
    case 'task':
      return freezeTask(signature, place, context);
    case 'chain':
      return freezeChain(signature, place, context);
    case 'group':
      return freezeGroup(signature, place, context);
    case 'chord':
      return freezeChord(signature, place, context);
  }
}

function freezeTask(step: SignatureData, place: Place, context: PlanContext): Frozen {
  const { task_id, reply_to } = step.options;
  const id = textOr(task_id, place.id) ?? context.newId();
  const options: Record<string, unknown> = { ...step.options, task_id: id };
  if (place.rootId !== undefined) options['root_id'] = place.rootId;
  options['reply_to'] = textOr(reply_to, context.replyTo);
  belong(options, place);
  return {
    signature: { ...step, options },
    result: [[id, null], null],
    ends: [{ id, task: step.task, options: mergedOptions(options, {}) }],
  };
}

/** A group that a signature names is kept, even as null: a replacement says so that it is in none. */
function belong(options: Record<string, unknown>, { groupId, chord, groupIndex }: Place): void {
  if (groupId !== undefined && options['group_id'] === undefined) options['group_id'] = groupId;
  if (chord !== undefined) options['chord'] = chord;
  if (groupIndex !== undefined) options['group_index'] = groupIndex;
}

function freezeChain(chain: SignatureData, place: Place, context: PlanContext): Frozen {
  const id = place.id ?? textOr(chain.options['task_id'], undefined);
  const steps = prepared(chain, context);
  const frozen = steps.map((step, index) => {
    const isLast = index === steps.length - 1;
    return freeze(step, isLast ? { ...place, id } : { rootId: place.rootId }, context);
  });
  const last = frozen.at(-1);
  if (!last) {
    const none: ResultTuple = [[id ?? context.newId(), null], []];
    return { signature: chain, result: none, ends: [] };
  }
  const results = frozen.map((step) => step.result);
  const signatures = frozen.map((step) => step.signature);
  const options = { ...chain.options, task_id: last.result[0][0] };
  return {
    signature: { ...withMembers(chain, signatures), options },
    result: results.reduce((before, step) => rooted(step, before)),
    ends: last.ends,
    before: frozen,
  };
}

/** Root and parent are written out even if there is none yet: they are set when the group is sent. */
function freezeGroup(group: SignatureData, place: Place, context: PlanContext): Frozen {
  const { task_id, root_id = null, parent_id = null, ...own } = group.options;
  const members = flatMembers(group);
  if (members.length === 0 && place.chord) return freezeTask(emptyListOf(group), place, context);
  const id = textOr(task_id, place.groupId) ?? context.newId();
  const options: Record<string, unknown> = { ...own, task_id: id };
  if (place.groupId !== undefined) options['group_id'] = place.groupId;
  belong(options, place);
  const rootId = textOr(root_id, place.rootId);
  const { groupId, chord } = place;
  const frozen = members.map((member, groupIndex) =>
    freeze(member, { groupId, chord, groupIndex, rootId }, context),
  );
  return {
    signature: {
      ...withMembers(
        group,
        frozen.map((each) => each.signature),
      ),
      options: { ...options, root_id: rootId ?? null, parent_id },
    },
    result: [[id, null], frozen.map((each) => each.result)],
    ends: frozen.flatMap((each) => each.ends),
    before: frozen,
  };
}

/**
 * Members of groups inside take their places among the others, with the inner group's options. Celery has the inner
 * ones in reverse, which mixes up what the body of a chord gets; we keep them in order.
 */
export function flatMembers(group: SignatureData): readonly SignatureData[] {
  return memberSignatures(group).flatMap((member) => {
    if (kindOf(member) !== 'group') return [member];
    const options = without(member.options, 'task_id');
    return flatMembers(member).map((each) => withOuter(each, { ...member, options }));
  });
}

/**
 * Celery writes the body once more into each task of the header, although whoever sends the chord puts it there: with
 * chords in bodies of chords that is exponential. It is left out here.
 */
function freezeChord(chord: SignatureData, place: Place, context: PlanContext): Frozen {
  const group = headerOf(chord);
  const header = freezeGroup(group, { rootId: place.rootId }, context);
  // of one that has its ids, `task_id` is the header's
  const named = isHeaderFrozen(chord) ? undefined : textOr(chord.options['task_id'], undefined);
  const body = freeze(bodyOf(chord), { ...place, id: place.id ?? named }, context);
  return {
    signature: {
      ...chord,
      kwargs: { ...chord.kwargs, header: header.signature, body: body.signature },
      options: { ...chord.options, task_id: header.result[0][0] },
    },
    result: rooted(body.result, header.result),
    ends: body.ends,
    before: [header, body],
  };
}
