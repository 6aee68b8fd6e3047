import {
  type ChordCount,
  type ChordOpening,
  type ChordPlace,
  type ChordRecord,
  groupKeyOf,
  type ResultCodec,
} from '../protocol/index.ts';
import type { Millis } from '../util/index.ts';
import type { BackendOptions } from './backend.ts';

/** A chord may wait for long for its last part, however soon results are forgotten. */
const KEPT_MIN_MS: Millis = 86_400_000;

/** Names what is kept of chords, in one backend. */
export class ChordPlaces {
  readonly #options: BackendOptions;
  readonly #rest: Pick<ChordPlace, 'completeKey' | 'db'>;
  #last: ChordPlace | undefined;

  constructor(options: BackendOptions, rest: Pick<ChordPlace, 'completeKey' | 'db'>) {
    this.#options = options;
    this.#rest = rest;
  }

  of(groupId: string): ChordPlace {
    // many parts of one chord come together
    if (this.#last?.groupId !== groupId) this.#last = this.#placeOf(groupId);
    return this.#last;
  }

  #placeOf(groupId: string): ChordPlace {
    const { expiresMs, keyprefix, isChordOrdered = true } = this.#options;
    return {
      groupId,
      key: groupKeyOf(groupId, keyprefix),
      ...this.#rest,
      ttlMs: expiresMs === 0 ? 0 : Math.max(expiresMs, KEPT_MIN_MS),
      isOrdered: isChordOrdered,
    };
  }

  opening({ groupId, size }: ChordCount): ChordOpening {
    return { ...this.of(groupId), size };
  }
}

/** What was kept of a chord, as a store has it: documents in the serializer of results. */
export interface StoredChord {
  readonly size: number | undefined;
  /** Of its members, in their order. */
  readonly members: readonly string[];
  readonly group: string | undefined;
}

/** Reads what was kept of a chord; of two parts of one task the first. @throws DecodeError for what is no group */
export function recordOf({ size, members, group }: StoredChord, codec: ResultCodec): ChordRecord {
  return {
    size,
    members: membersOf(members, codec),
    group: group === undefined ? undefined : codec.decodeGroup(group),
  };
}

/** The same of documents that a store keeps as texts. @throws DecodeError for what is no group */
export function recordOfTexts(
  { size, members, group }: StoredChord,
  codec: ResultCodec,
): ChordRecord {
  return recordOf(
    {
      size,
      members: members.map((text) => codec.fromText(text)),
      group: group === undefined ? undefined : codec.fromText(group),
    },
    codec,
  );
}

function membersOf(documents: readonly string[], codec: ResultCodec): ChordRecord['members'] {
  const members = new Map<string, ChordRecord['members'][number]>();
  for (const [place, document] of documents.entries()) {
    const member = codec.decodeMember(document, place);
    if (!members.has(member.taskId)) members.set(member.taskId, member);
  }
  return [...members.values()];
}
