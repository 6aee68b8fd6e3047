import {
  countParts,
  type Database,
  endChord,
  growChord,
  hasCompleteChord,
  isChordComplete,
  openChords,
  readChord,
  resultQueries,
  shrinkChord,
  takeCompleteChords,
} from '../../drivers/sqlite/index.ts';
import type {
  ChordCount,
  ChordMember,
  ChordOpening,
  ChordPart,
  ChordPlace,
  ChordRecord,
  CompleteChord,
  ResultCodec,
} from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';
import type { BackendOptions } from '../backend.ts';
import { ChordPlaces, recordOfTexts } from '../chord-places.ts';
import type { ChordStore } from '../chord-store.ts';
import { rowKeyOf } from './row-key.ts';

/** The parts of chords in a file that all processes of a machine share. */
export class SqliteChords implements ChordStore {
  readonly #database: () => Database;
  readonly #codec: ResultCodec;
  readonly #places: ChordPlaces;

  /** @param database - the file, or throws once the backend is closed. */
  constructor(database: () => Database, codec: ResultCodec, options: BackendOptions) {
    const { keyprefix: _, ...rest } = options;
    this.#database = database;
    this.#codec = codec;
    this.#places = new ChordPlaces(rest, { completeKey: '', db: 0 });
  }

  place(groupId: string): ChordPlace {
    const place = this.#places.of(groupId);
    return { ...place, key: rowKeyOf(place.key) };
  }

  opening(chord: ChordCount): ChordOpening {
    return { ...this.place(chord.groupId), size: chord.size };
  }

  encode(member: ChordMember): Pick<ChordPart, 'member'> {
    return { member: this.#codec.toText(this.#codec.encodeMember(member)) };
  }

  async open(chords: readonly ChordCount[]): Promise<void> {
    const database = this.#database();
    if (chords.length === 0) return;
    const openings = chords.map((each) => this.opening(each));
    await database.write((session) => openChords(session, openings, Date.now()), {
      announce: false,
    });
  }

  async grow(groupId: string, taskId: string): Promise<void> {
    const growth = { place: this.place(groupId), taskId };
    await this.#database().write((session) => growChord(session, growth, Date.now()), {
      announce: false,
    });
  }

  async shrink(groupId: string, taskId: string): Promise<void> {
    const { key } = this.place(groupId);
    await this.#database().write((session) => shrinkChord(session, key, taskId), {
      announce: false,
    });
  }

  async apply(parts: readonly ChordPart[]): Promise<readonly CompleteChord[]> {
    const database = this.#database();
    if (parts.length === 0) return [];
    return database.write((session) => countParts(session, parts, Date.now()), { announce: true });
  }

  async read(groupId: string): Promise<ChordRecord> {
    const place = this.place(groupId);
    const nowMs = Date.now();
    const [{ size, members }, groups] = await this.#database().read((session) => [
      readChord(session, place, nowMs),
      session.all(resultQueries.findResult, [place.key, nowMs]),
    ]);
    return recordOfTexts({ size, members, group: groups[0]?.[0] }, this.#codec);
  }

  async isComplete(groupId: string): Promise<boolean> {
    const place = this.place(groupId);
    return this.#database().read((session) => isChordComplete(session, place, Date.now()));
  }

  async findComplete(
    olderThanMs: Millis,
    limit: number,
    restMs = olderThanMs,
  ): Promise<readonly CompleteChord[]> {
    const nowMs = Date.now();
    const [choice, database] = [{ sinceMs: nowMs - olderThanMs, limit, restMs }, this.#database()];
    // as mostly there is none, and writers wait for each other
    const isAny = await database.read((session) =>
      hasCompleteChord(session, choice.sinceMs, nowMs),
    );
    if (!isAny) return [];
    return database.write((session) => takeCompleteChords(session, choice, nowMs), {
      announce: false,
    });
  }

  async drop(groupId: string, isFailed = false): Promise<boolean> {
    const ending = { place: this.place(groupId), isFailed };
    return this.#database().write((session) => endChord(session, ending, Date.now()), {
      announce: false,
    });
  }
}
