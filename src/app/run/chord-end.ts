import { bodyErrbacks, planBody } from '../../canvas/index.ts';
import { type RemoteError, summaryOf } from '../../errors.ts';
import type { Completion, Settle } from '../../transports/index.ts';
import type { ChordInput } from './chord-input.ts';
import { bodyError, bodyLosses, type ChordEnding } from './chord-parts.ts';
import type { CompletionContext } from './completion.ts';
import { chordFailure } from './failures.ts';
import { type Effects, sentNext } from './sent-next.ts';

/** A chord whose parts are all in. */
export interface EndedChord {
  readonly groupId: string;
  readonly ending: ChordEnding;
}

/** What planning the end of a chord needs. Nothing here does I/O. */
export type ChordEndContext = Pick<
  CompletionContext,
  'backend' | 'compose' | 'newId' | 'replyTo' | 'dateDone' | 'errorCallbacksOnHeader'
>;

/**
 * Sends the body of a chord, or says of all that was to come that it has failed. Applied only by the one who finds that
 * nobody has done it. @throws what `compose` does, if something cannot be sent
 */
export function planChordEnd(
  chord: EndedChord,
  input: Extract<ChordInput, { kind: 'results' | 'failed' }>,
  context: ChordEndContext,
): Completion {
  const { body, rootId, parentId: id } = chord.ending;
  if (input.kind === 'failed') return planBroken(chord, bodyError(body, input.failed), context);
  const planned = planBody(body, input.text, { ...context, parent: { id, rootId } });
  return completionOf(chord, { kind: 'fire' }, sentNext(planned, context), context);
}

/** The end of a chord whose body cannot be sent, in Celery's words. Its errbacks are left out if they cannot either. */
export function planUnsentBody(
  chord: EndedChord,
  error: unknown,
  context: ChordEndContext,
): Completion {
  const failure = chordFailure(`Callback error: ${reprOf(error)}`);
  try {
    return planBroken(chord, failure, context);
  } catch {
    return planBroken(chord, failure, { ...context, compose: () => [] });
  }
}

function planBroken(chord: EndedChord, error: RemoteError, context: ChordEndContext): Completion {
  const { body, rootId } = chord.ending;
  const { writes, parts } = bodyLosses(body, error, { ...context, rootId });
  const sent = sentNext(bodyErrbacks(body, context), context);
  const broken = { ...sent, writes: [...sent.writes, ...writes], parts };
  return completionOf(chord, { kind: 'fire', isFailed: true }, broken, context);
}

function completionOf(
  { groupId }: EndedChord,
  settle: Omit<Extract<Settle, { kind: 'fire' }>, 'chord'>,
  effects: Effects,
  { backend }: ChordEndContext,
): Completion {
  const chord = backend?.chords?.place(groupId);
  if (!chord) throw new TypeError('nobody counts chords, and yet one has ended');
  return { tag: tagOfChord(groupId), settle: { ...settle, chord }, ...effects };
}

/** Names the completion of a chord among those of tasks, which are named by their claims. */
export function tagOfChord(groupId: string): string {
  return `chord of ${groupId}`;
}

function reprOf(error: unknown): string {
  const name = error instanceof Error ? error.name : 'Error';
  return `${name}(${JSON.stringify(summaryOf(error))})`;
}
