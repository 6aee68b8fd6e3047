import type { ChordStore, ResultBackend } from '../../src/backends/index.ts';
import type { ChordMember } from '../../src/protocol/index.ts';
import type { ChordPart } from '../../src/transports/index.ts';

/** What a part of a chord is made of; a group is `g` if not given, a result the JSON text `1`. */
export interface PartOptions {
  readonly group?: string;
  readonly result?: string;
  readonly status?: string;
  /** Its place; that of the number in its id if not given. */
  readonly index?: number | null;
  readonly ending?: string;
  readonly writes?: ChordPart['writes'];
  readonly parts?: ChordPart['parts'];
}

/** The store of a backend that has one. */
export function chordsOf(backend: Pick<ResultBackend, 'chords'>): ChordStore {
  if (!backend.chords) throw new Error('this backend counts no chords');
  return backend.chords;
}

/** A member as the worker makes it. */
export function aMember(taskId: string, { result = '1', status = 'SUCCESS' }: PartOptions = {}) {
  const isError = status === 'FAILURE' || status === 'REVOKED';
  const member: ChordMember = {
    taskId,
    status,
    resultText: isError ? undefined : result,
    error: isError ? { type: 'Error', module: null, args: ['boom'], traceback: null } : null,
  };
  return member;
}

/** The part that a member's end is of its chord. */
export function aPart(chords: ChordStore, taskId: string, options: PartOptions = {}): ChordPart {
  const { group = 'g', ending = `"of ${group}"}`, writes = [], parts = [] } = options;
  const { index = Number(/\d+/.exec(taskId)?.[0] ?? 0) } = options;
  return {
    ...chords.place(group),
    ...chords.encode(aMember(taskId, options)),
    ...{ taskId, index, head: '{"body": ', ending, writes, parts },
  };
}

/** Their results, in the order of the chord. */
export async function resultsOf(chords: ChordStore, group = 'g'): Promise<(string | undefined)[]> {
  const { members } = await chords.read(group);
  return members.map(({ resultText }) => resultText);
}
