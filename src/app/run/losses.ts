import { type ChordMembership, undone } from '../../canvas/index.ts';
import type { Embed } from '../../protocol/index.ts';
import type { ChordPart, ResultWrite } from '../../transports/index.ts';
import { nonEmptyText } from '../../util/index.ts';
import { type MemberEnding, type PartFacts, partsOf } from './chord-parts.ts';
import { endedStates } from './result-metas.ts';

/** What a task without success takes along. */
export interface Losses {
  /** The results of later steps, which now never run. */
  readonly writes: readonly ResultWrite[];
  /** Of all chords that it, or a later step, was a part of. */
  readonly parts: readonly ChordPart[];
}

/** A task that has ended, as its message has it. */
export interface Ended {
  readonly id: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** null: nothing was to follow. */
  readonly embed: Embed | null;
}

/**
 * Later steps end as the task did, as Celery has it for failures; of one that is ignored nothing is stored, and nothing of
 * what was to follow it. The chords that lose a part by it are told, so that they do not wait for it.
 */
export function lossesOf(
  ended: Ended,
  ending: Exclude<MemberEnding, { status: 'SUCCESS' }>,
  facts: PartFacts,
): Losses {
  const { id, headers, embed } = ended;
  const { backend, dateDone } = facts;
  if (!embed) return NO_LOSSES;
  const { ids, memberships } = undone(embed, { id, ...placeIn(headers) });
  const parts = partsOf(memberships, ending, facts);
  if (!backend || !('error' in ending)) return { writes: [], parts };
  return { writes: endedStates(ids, ending, { backend, dateDone }), parts };
}

const NO_LOSSES: Losses = { writes: [], parts: [] };

function placeIn(
  headers: Ended['headers'],
): Readonly<{ groupId: string | null; groupIndex: ChordMembership['index'] }> {
  const { group, group_index: index } = headers;
  return {
    groupId: nonEmptyText(group) ?? null,
    groupIndex: typeof index === 'number' ? index : null,
  };
}
