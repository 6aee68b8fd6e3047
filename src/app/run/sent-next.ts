import type { ResultBackend } from '../../backends/index.ts';
import type { Planned, PlannedTask } from '../../canvas/index.ts';
import { BackendMissingError } from '../../errors.ts';
import type { ChordCount, OutgoingMessage, ResultTuple } from '../../protocol/index.ts';
import type { ChordOpening, Completion, ResultWrite } from '../../transports/index.ts';

/** The part of a completion that is about what is sent next. */
export type SentNext = Pick<Completion, 'messages' | 'openings' | 'writes'>;

/** What a completion has besides what becomes of its message. */
export type Effects = SentNext & Pick<Completion, 'parts' | 'hasFailed'>;

/** What is sent next, with what is to be known before. @throws what `compose` and `beginning` do */
export function sentNext(
  planned: Pick<Planned, 'tasks' | 'chords' | 'groups'>,
  context: {
    readonly backend: Pick<ResultBackend, 'chords' | 'groups'> | null;
    readonly compose: (planned: readonly PlannedTask[]) => readonly OutgoingMessage[];
  },
): SentNext {
  const messages = context.compose(planned.tasks);
  return { messages, ...beginning(planned, context.backend) };
}

/**
 * What chords begin with: their sizes, and the groups that say what their headers are made of.
 * @throws BackendMissingError where nobody would count their parts, so that they would never end
 */
export function beginning(
  {
    chords = [],
    groups = [],
  }: { readonly chords?: readonly ChordCount[]; readonly groups?: readonly ResultTuple[] },
  backend: Pick<ResultBackend, 'chords' | 'groups'> | null,
): Omit<SentNext, 'messages'> {
  if (chords.length === 0 && groups.length === 0) return NOTHING_BEGINS;
  if (chords.length > 0 && !backend?.chords) throw new BackendMissingError();
  const openings: ChordOpening[] = [];
  for (const each of chords) if (backend?.chords) openings.push(backend.chords.opening(each));
  const writes: ResultWrite[] = [];
  for (const each of groups) if (backend?.groups) writes.push(backend.groups.write(each));
  return { openings, writes };
}

const NOTHING_BEGINS: Omit<SentNext, 'messages'> = { writes: [] };
