import { bodyErrbacks, planBody, replyToOf } from '../../canvas/index.ts';
import { type RemoteError, summaryOf } from '../../errors.ts';
import type { Completion, Settle } from '../../transports/index.ts';
import type { ChordInput } from './chord-input.ts';
import { bodyError, bodyLosses, type ChordEnding } from './chord-parts.ts';
import type { CompletionContext } from './completion.ts';
import { chordFailure } from './failures.ts';
import { type Effects, type SentNext, sentNext } from './sent-next.ts';

/** A chord whose parts are all in. */
export interface EndedChord {
  readonly groupId: string;
  readonly ending: ChordEnding;
}

/** What planning the end of a chord needs. Nothing here does I/O. */
export type ChordEndContext = Pick<
  CompletionContext,
  | 'backend'
  | 'compose'
  | 'newId'
  | 'replyTo'
  | 'dateDone'
  | 'errorCallbacksOnHeader'
  | 'countsChords'
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
  if (input.kind === 'failed') return planTold(chord, bodyError(body, input.failed), context);
  const planned = planBody(body, input.text, { ...context, parent: { id, rootId } });
  return completionOf(chord, { kind: 'fire' }, sentNext(planned, context), context);
}

/**
 * The end of a chord whose body cannot be sent, in Celery's words. Its errbacks are left out if they cannot either. Never throws:
 * whoever takes the chord on next would come to no other end.
 */
export function planUnsentBody(
  chord: EndedChord,
  error: unknown,
  context: ChordEndContext,
): Completion {
  const failure = chordFailure(`Callback error: ${reprOf(error)}`);
  try {
    return planTold(chord, failure, context);
  } catch {
    return planBroken(chord, { error: failure, sent: { messages: [], writes: [] } }, context);
  }
}

function planTold(chord: EndedChord, error: RemoteError, context: ChordEndContext): Completion {
  const sent = sentNext(bodyErrbacks(chord.ending.body, context), context);
  return planBroken(chord, { error, sent }, context);
}

function planBroken(
  chord: EndedChord,
  { error, sent }: { readonly error: RemoteError; readonly sent: SentNext },
  context: ChordEndContext,
): Completion {
  const { body, rootId } = chord.ending;
  const { writes, parts } = bodyLosses(body, error, { ...context, rootId });
  const broken = { ...sent, writes: [...sent.writes, ...writes], parts };
  return completionOf(chord, { kind: 'fire', isFailed: true }, broken, context);
}

function completionOf(
  { groupId, ending }: EndedChord,
  settle: Omit<Extract<Settle, { kind: 'fire' }>, 'chord'>,
  effects: Effects,
  { backend }: ChordEndContext,
): Completion {
  const chord = backend?.chords?.place(groupId);
  if (!chord) throw new TypeError('nobody counts chords, and yet one has ended');
  const replyTo = settle.isFailed ? replyToOf(ending.body) : undefined;
  return { tag: tagOfChord(groupId), replyTo, settle: { ...settle, chord }, ...effects };
}

/** Names the completion of a chord among those of tasks, which are named by their claims. */
export function tagOfChord(groupId: string): string {
  return `chord of ${groupId}`;
}

function reprOf(error: unknown): string {
  const name = error instanceof Error ? error.name : 'Error';
  return `${name}(${JSON.stringify(summaryOf(error))})`;
}
