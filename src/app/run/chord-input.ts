import {
  type ChordMember,
  type ChordRecord,
  encodeJson,
  isFinal,
  type ResultMeta,
  type ResultTuple,
} from '../../protocol/index.ts';
import type { FailedMember } from './chord-parts.ts';

/** What the members of a chord whose parts were counted have come to. */
export type ChordInput =
  /** All have results: the list of them as JSON text, with lists in it where the header had groups. */
  | Readonly<{ kind: 'results'; text: string }>
  /** All have ended, these without result, in the order of the header. */
  | Readonly<{ kind: 'failed'; failed: readonly FailedMember[] }>
  /** Some are not known; of these the ids, if there is a saved group that names them. */
  | Readonly<{ kind: 'missing'; ids: readonly string[] }>
  /** Somebody else has sent the body, or it was all too long ago. */
  | Readonly<{ kind: 'over' }>;

/**
 * Puts together what the body gets. A count may be wrong, as Python's workers count a task that has run twice as two and
 * may set the size twice; a saved group says what the header is made of, and is joined result by result.
 * @param found - the results of members that reported nothing here
 */
export function gatherInput(
  { size, members, group }: ChordRecord,
  found: ReadonlyMap<string, ResultMeta> = new Map(),
): ChordInput {
  if (size === undefined) return { kind: 'over' };
  if (group) return new Join(members, found).of(group);
  const failed = members.flatMap(failureOf);
  if (members.length < size) return { kind: 'missing', ids: [] };
  if (failed.length > 0) return { kind: 'failed', failed };
  return { kind: 'results', text: listOf(members.map(textOf)) };
}

/** Goes through a saved group, down to the tasks that it ends with. */
class Join {
  readonly #members: ReadonlyMap<string, ChordMember>;
  readonly #found: ReadonlyMap<string, ResultMeta>;
  readonly #failed = new Map<string, FailedMember>();
  readonly #missing: string[] = [];

  constructor(members: readonly ChordMember[], found: ReadonlyMap<string, ResultMeta>) {
    this.#members = new Map(members.map((member) => [member.taskId, member]));
    this.#found = found;
  }

  of([, children]: ResultTuple): ChordInput {
    const text = this.#list(children ?? []);
    // one that stands for a whole chain or group that never ran is no task of the header
    for (const member of this.#members.values()) this.#note(failureOf(member));
    if (this.#missing.length > 0) return { kind: 'missing', ids: this.#missing };
    if (this.#failed.size > 0) return { kind: 'failed', failed: [...this.#failed.values()] };
    return { kind: 'results', text };
  }

  #list(children: readonly ResultTuple[]): string {
    return listOf(children.map((child) => this.#value(child)));
  }

  #value([[id], children]: ResultTuple): string {
    const member = this.#members.get(id);
    if (children === null) return member ? this.#reported(member) : this.#stored(id);
    const failure = member ? failureOf(member) : [];
    this.#note(failure);
    return failure.length > 0 ? 'null' : this.#list(children);
  }

  #reported(member: ChordMember): string {
    this.#note(failureOf(member));
    return textOf(member);
  }

  #stored(id: string): string {
    const meta = this.#found.get(id);
    if (!meta || !isFinal(meta.status)) {
      this.#missing.push(id);
      return 'null';
    }
    if (meta.error) this.#note([{ taskId: id, error: meta.error }]);
    return meta.resultText ?? encodeJson(meta.result ?? null);
  }

  #note(failures: readonly FailedMember[]): void {
    for (const failure of failures) this.#failed.set(failure.taskId, failure);
  }
}

function failureOf({ taskId, error }: ChordMember): readonly FailedMember[] {
  return error ? [{ taskId, error }] : [];
}

function textOf({ resultText = 'null' }: ChordMember): string {
  return resultText;
}

function listOf(texts: readonly string[]): string {
  return `[${texts.join(', ')}]`;
}
