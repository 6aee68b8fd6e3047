import type { ResultBackend } from '../../backends/index.ts';
import { type ChordMembership, undoneBody } from '../../canvas/index.ts';
import type { RemoteError } from '../../errors.ts';
import {
  type ChordMember,
  decodeJson,
  encodeJson,
  parseSignature,
  type SignatureData,
} from '../../protocol/index.ts';
import type { ChordPart } from '../../transports/index.ts';
import { chordError } from './failures.ts';
import { endedStates } from './result-metas.ts';

/** What a member of a chord has come to. */
export type MemberEnding =
  | Readonly<{ status: 'SUCCESS'; resultText: string }>
  /** It stores nothing; the body gets null in its place. */
  | Readonly<{ status: 'IGNORED' }>
  | Readonly<{ status: 'FAILURE' | 'REVOKED'; error: RemoteError }>;

/** What parts of chords are made with. Nothing here does I/O. */
export interface PartFacts {
  /** null: results are off, and nobody counts. */
  readonly backend: Pick<ResultBackend, 'write' | 'chords'> | null;
  /** The task that started it all. */
  readonly rootId: string;
  readonly dateDone: string;
  /**
   * Called with each part that goes uncounted as results are off. A backend that cannot count is no such thing: whoever
   * sent the chord has sent along what looks for its parts.
   */
  readonly onUncounted?: ((part: ChordMembership) => void) | undefined;
}

/** What is told of a chord to whoever sends its body. */
export interface ChordEnding {
  readonly body: SignatureData;
  /** Of the part that was the last. */
  readonly rootId: string;
  readonly parentId: string;
}

/** The parts of chords that have ended; none where nobody counts. */
export function partsOf(
  memberships: readonly ChordMembership[],
  ending: MemberEnding,
  facts: PartFacts,
): readonly ChordPart[] {
  const chords = facts.backend?.chords;
  if (!facts.backend) for (const each of memberships) facts.onUncounted?.(each);
  if (!chords || memberships.length === 0) return NONE;
  return memberships.map((membership) => {
    const { groupId, taskId, index, body } = membership;
    const { member, isBytes = false } = chords.encode(memberOf(taskId, ending));
    const { writes, parts } =
      'error' in ending ? brokenBy(membership, ending.error, facts) : NOTHING_BROKEN;
    const place = chords.place(groupId);
    // field by field, as spreading takes ten times as long
    return {
      groupId,
      key: place.key,
      completeKey: place.completeKey,
      db: place.db,
      ttlMs: place.ttlMs,
      isOrdered: place.isOrdered,
      taskId,
      index,
      member,
      isBytes,
      ending: tailOf(facts.rootId, taskId),
      head: headOf(body),
      writes,
      parts,
    };
  });
}

/** What now never runs because of a chord's body that does not: results of its tasks, and the parts it was of others. */
export function bodyLosses(
  body: SignatureData,
  error: RemoteError,
  facts: PartFacts,
): Pick<ChordPart, 'writes' | 'parts'> {
  const { ids, memberships } = undoneBody(body);
  const { backend } = facts;
  return {
    writes: backend ? endedStates(ids, { status: 'FAILURE', error }, { ...facts, backend }) : [],
    parts: partsOf(memberships, { status: 'FAILURE', error }, facts),
  };
}

/** What the body of a chord fails with that a member has failed of. Celery gives a group what the member failed with. */
export function bodyError(body: SignatureData, failed: readonly FailedMember[]): RemoteError {
  const [first] = failed;
  return first && body.subtask_type === 'group' ? first.error : chordError(failed);
}

/** A member of a chord that has no result. */
export interface FailedMember {
  readonly taskId: string;
  readonly error: RemoteError;
}

/** Of bodies that parts of chords come with: of a wide one many, one after the other. */
const heads = new WeakMap<SignatureData, string>();

function headOf(body: SignatureData): string {
  const known = heads.get(body);
  if (known !== undefined) return known;
  const head = `{"body": ${encodeJson(body)}`;
  heads.set(body, head);
  return head;
}

function tailOf(rootId: string, parentId: string): string {
  return `, "root_id": ${encodeJson(rootId)}, "parent_id": ${encodeJson(parentId)}}`;
}

/** Reads what the parts of a chord say of it: a head and an ending. @throws MessageInvalidError, DecodeError */
export function parseEnding(text: string): ChordEnding {
  const told = decodeJson(text) as Readonly<Record<string, unknown>>;
  return {
    body: parseSignature(told['body'], 'the body of a chord'),
    rootId: String(told['root_id']),
    parentId: String(told['parent_id']),
  };
}

const NONE: readonly ChordPart[] = [];
const NOTHING_BROKEN: Pick<ChordPart, 'writes' | 'parts'> = { writes: [], parts: [] };

function memberOf(taskId: string, ending: MemberEnding): ChordMember {
  const { status } = ending;
  if (status === 'SUCCESS') return { taskId, status, resultText: ending.resultText, error: null };
  if (status === 'IGNORED') return { taskId, status, resultText: 'null', error: null };
  return { taskId, status, resultText: undefined, error: ending.error };
}

/** At once: nobody is to wait for the other members to learn of it. */
function brokenBy(
  { taskId, body }: ChordMembership,
  error: RemoteError,
  facts: PartFacts,
): Pick<ChordPart, 'writes' | 'parts'> {
  return bodyLosses(body, bodyError(body, [{ taskId, error }]), facts);
}
