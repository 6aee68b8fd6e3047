import type { RedisLink } from '../../drivers/redis/index.ts';
import {
  type ChordCount,
  type ChordMember,
  type ChordOpening,
  type ChordPart,
  type ChordPlace,
  type ChordRecord,
  type CompleteChord,
  groupIdIn,
  type ResultCodec,
} from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';
import type { BackendOptions } from '../backend.ts';
import { ChordPlaces, recordOf } from '../chord-places.ts';
import type { ChordStore } from '../chord-store.ts';
import { countChords } from './count-chords.lua.ts';
import { endChord } from './end-chord.lua.ts';
import { findComplete } from './find-complete.lua.ts';
import { growChord } from './grow-chord.lua.ts';
import { readChord } from './read-chord.lua.ts';
import { encodingOf } from './waiters.ts';

/** What the store of chords works with. */
export interface RedisChordsParts {
  /** The connection once it is up. */
  readonly ready: () => Promise<RedisLink>;
  readonly codec: ResultCodec;
  readonly options: BackendOptions;
  readonly db: number;
}

/** A batch of more is not added to: it keeps the server busy, and others waiting. */
const BATCH_MAX = 1_000;

/** Chords that are about to begin. */
interface OpeningBatch {
  readonly openings: ChordOpening[];
  readonly opened: Promise<void>;
}

/** The parts of chords in a Redis, where Celery keeps them, so that Python's workers count with us. */
export class RedisChords implements ChordStore {
  readonly #parts: RedisChordsParts;
  readonly #places: ChordPlaces;
  readonly #where: Readonly<{ completeKey: string; db: number }>;
  #batch: OpeningBatch | undefined;
  /** Where the next look for complete chords begins. */
  #cursor = '0';

  constructor(parts: RedisChordsParts) {
    const { options, db } = parts;
    this.#parts = parts;
    this.#where = { completeKey: `${options.keyprefix ?? ''}celeriac.chords`, db };
    this.#places = new ChordPlaces(options, this.#where);
  }

  place(groupId: string): ChordPlace {
    return this.#places.of(groupId);
  }

  opening(chord: ChordCount): ChordOpening {
    return this.#places.opening(chord);
  }

  encode(member: ChordMember): Pick<ChordPart, 'member' | 'isBytes'> {
    const { codec } = this.#parts;
    return { member: codec.encodeMember(member), isBytes: !codec.isJson };
  }

  async open(chords: readonly ChordCount[]): Promise<void> {
    if (chords.length === 0) return;
    const batches = new Set<OpeningBatch>();
    for (const each of chords) {
      const batch = this.#batch ?? this.#beginBatch();
      batch.openings.push(this.opening(each));
      if (batch.openings.length >= BATCH_MAX) this.#batch = undefined;
      batches.add(batch);
    }
    await Promise.all([...batches].map(({ opened }) => opened));
  }

  /** Chords that begin in one turn of the event loop are opened together. */
  #beginBatch(): OpeningBatch {
    const openings: ChordOpening[] = [];
    const opened = new Promise<void>((resolve) => process.nextTick(resolve)).then(async () => {
      if (this.#batch?.openings === openings) this.#batch = undefined;
      await countChords(await this.#parts.ready(), { ...this.#where, openings, parts: [] });
    });
    this.#batch = { openings, opened };
    return this.#batch;
  }

  async grow(groupId: string, taskId: string): Promise<void> {
    const growth = { place: this.place(groupId), taskId, isBack: false };
    await growChord(await this.#parts.ready(), growth);
  }

  async shrink(groupId: string, taskId: string): Promise<void> {
    const growth = { place: this.place(groupId), taskId, isBack: true };
    await growChord(await this.#parts.ready(), growth);
  }

  async apply(parts: readonly ChordPart[]): Promise<readonly CompleteChord[]> {
    if (parts.length === 0) return [];
    return countChords(await this.#parts.ready(), { ...this.#where, openings: [], parts });
  }

  async read(groupId: string): Promise<ChordRecord> {
    const { codec, ready } = this.#parts;
    return recordOf(await readChord(await ready(), this.place(groupId), encodingOf(codec)), codec);
  }

  async isComplete(groupId: string): Promise<boolean> {
    const { key, completeKey } = this.place(groupId);
    const link = await this.#parts.ready();
    return (await link.call('hexists', [completeKey, key])) === 1;
  }

  async findComplete(
    olderThanMs: Millis,
    limit: number,
    restMs = olderThanMs,
  ): Promise<readonly CompleteChord[]> {
    const { ready, options } = this.#parts;
    const { completeKey } = this.#where;
    const look = { completeKey, olderThanMs, limit, restMs, cursor: this.#cursor };
    const { cursor, chords } = await findComplete(await ready(), look);
    this.#cursor = cursor;
    return chords.map(({ key, ending }) => {
      return { groupId: groupIdIn(key, options.keyprefix), ending };
    });
  }

  async drop(groupId: string, isFailed = false): Promise<boolean> {
    return endChord(await this.#parts.ready(), { place: this.place(groupId), isFailed });
  }
}
