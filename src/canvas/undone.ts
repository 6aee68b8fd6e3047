import { MessageInvalidError } from '../errors.ts';
import type { Embed, SignatureData } from '../protocol/index.ts';
import type { WireOptions } from './options.ts';
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
  const memberships = listOf(membershipOf(chord, own));
  return merged([{ ids: [], memberships }, ...[...(chain ?? [])].reverse().map(undoneBody)]);
}

/**
 * The same for a signature that is never sent, such as the body of a chord that has failed. What cannot be read in it
 * would not have run either, and is left out: that the rest has ended is to be told all the same.
 */
export function undoneBody(signature: SignatureData): Undone {
  const { options } = signature;
  const id = textOr(options['task_id'], undefined);
  const own = { ids: id === undefined ? [] : [id], memberships: [] };
  // what was to follow it travels in its options
  const later = [...listIn(options['chain'])].reverse();
  return merged([own, ...innerOf(signature), ...later.map(undoneBody)]);
}

/** Who is told of what a signature comes to, once it has its ids. Of several tasks that is the same for all. */
export function replyToOf(signature: SignatureData): string | undefined {
  const own = textOr(signature.options['reply_to'], undefined);
  if (own !== undefined || kindOf(signature) === 'task') return own;
  const parts = kindOf(signature) === 'chord' ? bodiesOf(signature) : membersOf(signature);
  const last = parts.at(-1);
  return last && replyToOf(last);
}

function innerOf(signature: SignatureData): readonly Undone[] {
  switch (kindOf(signature)) {
    case 'task':
      return [{ ids: [], memberships: membershipsIn(signature.options) }];
    case 'chain':
      return membersOf(signature).map(undoneBody);
    case 'group': {
      const members = membersOf(signature);
      // without any it is a task when it is sent, see `emptyListOf`
      if (members.length === 0) return [{ ids: [], memberships: membershipsIn(signature.options) }];
      return members.map(undoneBody);
    }
    case 'chord': {
      // the header's tasks would have reported to this chord, which nobody has begun
      const header = readable(() => memberSignatures(headerOf(signature))).map(undoneBody);
      return [
        ...header.map(({ ids }) => ({ ids, memberships: [] })),
        ...bodiesOf(signature).map(undoneBody),
      ];
    }
  }
}

function membersOf(signature: SignatureData): readonly SignatureData[] {
  return readable(() => memberSignatures(signature));
}

function bodiesOf(chord: SignatureData): readonly SignatureData[] {
  return readable(() => [bodyOf(chord)]);
}

function listIn(option: unknown): readonly SignatureData[] {
  return readable(() => signatureList(option, 'option') ?? []);
}

function readable(read: () => readonly SignatureData[]): readonly SignatureData[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof MessageInvalidError) return [];
    throw error;
  }
}

/** That a task is a part of the chord of which this is the body; undefined if it does not say in which group. */
export function membershipOf(
  body: SignatureData | null | undefined,
  own: Readonly<{ id: unknown; groupId: unknown; groupIndex: unknown }>,
): ChordMembership | undefined {
  const groupId = textOr(own.groupId, undefined);
  const taskId = textOr(own.id, undefined);
  if (!body || groupId === undefined || taskId === undefined) return undefined;
  return {
    groupId,
    taskId,
    index: typeof own.groupIndex === 'number' ? own.groupIndex : null,
    body,
  };
}

function membershipsIn(options: WireOptions): readonly ChordMembership[] {
  const [body] = listIn(options['chord']);
  const { task_id: id, group_id: groupId, group_index: groupIndex } = options;
  return listOf(membershipOf(body, { id, groupId, groupIndex }));
}

function listOf(membership: ChordMembership | undefined): readonly ChordMembership[] {
  return membership ? [membership] : [];
}

function merged(parts: readonly Undone[]): Undone {
  return {
    ids: [...new Set(parts.flatMap((each) => each.ids))],
    memberships: parts.flatMap((each) => each.memberships),
  };
}
