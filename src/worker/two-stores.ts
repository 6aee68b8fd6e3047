import type { ResultBackend } from '../backends/index.ts';
import type { CompleteChord, Completion } from '../transports/index.ts';

const NONE: readonly CompleteChord[] = [];

/** Makes known what is to be known of chords before their messages are sent. Doing it twice does no harm. */
export async function beginIn(backend: ResultBackend, batch: readonly Completion[]): Promise<void> {
  const begun = batch.filter(({ openings }) => openings && openings.length > 0);
  if (begun.length === 0) return;
  const groups = begun.flatMap(({ writes }) =>
    writes.filter(({ finality }) => finality === 'open'),
  );
  if (groups.length > 0) await backend.apply(groups);
  await backend.chords?.open(begun.flatMap(({ openings = [] }) => openings));
}

/**
 * What is still to be written after a try that failed: not the ends of chords that somebody else has ended meanwhile, whose
 * bodies are sent. Each worker that has one to send waits for the same broker.
 */
export async function withoutEnded(
  backend: ResultBackend,
  batch: readonly Completion[],
): Promise<readonly Completion[]> {
  const { chords } = backend;
  if (!chords || !batch.some(isOfChord)) return batch;
  const isLeft = await Promise.all(
    batch.map(({ settle }) => settle.kind !== 'fire' || chords.isComplete(settle.chord.groupId)),
  );
  return batch.filter((_, at) => isLeft[at]);
}

/** The same as it is committed where its messages were sent already. */
export function withoutBeginning({ openings: _, ...completion }: Completion): Completion {
  return { ...completion, messages: [] };
}

/** Counts the parts of chords. @returns the chords that are complete now */
export async function countIn(
  backend: ResultBackend,
  batch: readonly Completion[],
): Promise<readonly CompleteChord[]> {
  const parts = batch.flatMap((completion) => completion.parts ?? []);
  if (parts.length === 0 || !backend.chords) return NONE;
  return backend.chords.apply(parts);
}

/** Forgets chords whose bodies are sent. Between the two a worker may die, and then another one sends a body again. */
export async function endIn(backend: ResultBackend, batch: readonly Completion[]): Promise<void> {
  for (const { settle } of batch) {
    if (settle.kind !== 'fire') continue;
    await backend.chords?.drop(settle.chord.groupId, settle.isFailed);
  }
}

/** Whether it is the end of a chord, which no claim belongs to. */
export function isOfChord({ settle }: Completion): boolean {
  return settle.kind === 'fire';
}
