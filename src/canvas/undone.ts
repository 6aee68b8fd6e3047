import type { Embed, SignatureData } from '../protocol/index.ts';
import { bodyOf, headerOf, kindOf, memberSignatures, signatureList, textOr } from './structure.ts';

/** That a task is a part of a chord. */
export interface ChordMembership {
  /** Of the chord's header. */
  readonly groupId: string;
  /** Under which id its part is counted. */
  readonly taskId: string;
  /** Its place in the header; null: after all that have one. */
  readonly index: number | null;
  readonly body: SignatureData;
}

/** What will now never run. */
export interface Undone {
  /** The ids of all tasks, and of the groups that somebody may wait for as one. */
  readonly ids: readonly string[];
  /** The chords that lose a part by it. */
  readonly memberships: readonly ChordMembership[];
}

/**
 * What a task that ended without success takes along: the later steps of its chain, with all that is in them, and the
 * chords that it or they are a part of. Source: `mark_as_failure` in Celery's `backends/base.py`.
 */
export function undone(
  { chain, chord }: Pick<Embed, 'chain' | 'chord'>,
  own: Readonly<{ id: string; groupId: string | null; groupIndex: number | null }>,
): Undone {
  const { id: task_id, groupId: group_id, groupIndex: group_index } = own;
  const memberships = membershipOf({ task_id, group_id, group_index, chord });
  return merged([{ ids: [], memberships }, ...[...(chain ?? [])].reverse().map(undoneBody)]);
}

/** The same for a signature that is never sent, such as the body of a chord that has failed. */
export function undoneBody(signature: SignatureData): Undone {
  const { options } = signature;
  const id = textOr(options['task_id'], undefined);
  const own = { ids: id === undefined ? [] : [id], memberships: [] };
  // what was to follow it travels in its options
  const later = [...(signatureList(options['chain'], 'chain') ?? [])].reverse();
  return merged([own, ...innerOf(signature), ...later.map(undoneBody)]);
}

function innerOf(signature: SignatureData): readonly Undone[] {
  switch (kindOf(signature)) {
    case 'task':
      return [{ ids: [], memberships: membershipOf(signature.options) }];
    case 'chain':
    case 'group':
      return memberSignatures(signature).map(undoneBody);
    case 'chord': {
      // the header's tasks would have reported to this chord, which nobody has begun
      const header = memberSignatures(headerOf(signature)).map(undoneBody);
      return [
        ...header.map(({ ids }) => ({ ids, memberships: [] })),
        undoneBody(bodyOf(signature)),
      ];
    }
  }
}

function membershipOf(options: Readonly<Record<string, unknown>>): readonly ChordMembership[] {
  const body = signatureList(options['chord'], 'chord')?.[0];
  const groupId = textOr(options['group_id'], undefined);
  const taskId = textOr(options['task_id'], undefined);
  if (!body || groupId === undefined || taskId === undefined) return [];
  const index = options['group_index'];
  return [{ groupId, taskId, index: typeof index === 'number' ? index : null, body }];
}

function merged(parts: readonly Undone[]): Undone {
  return {
    ids: [...new Set(parts.flatMap((each) => each.ids))],
    memberships: parts.flatMap((each) => each.memberships),
  };
}
