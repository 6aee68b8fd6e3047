import type { MemoryStore } from '../../drivers/memory/index.ts';
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

/** The parts of chords in one process, in the form that they have elsewhere. */
export class MemoryChords implements ChordStore {
  readonly #open: () => MemoryStore;
  readonly #codec: ResultCodec;
  readonly #places: ChordPlaces;

  /** @param open - the store, or throws once the backend is closed. */
  constructor(open: () => MemoryStore, codec: ResultCodec, options: BackendOptions) {
    const { keyprefix: _, ...rest } = options;
    this.#open = open;
    this.#codec = codec;
    this.#places = new ChordPlaces(rest, { completeKey: '', db: 0 });
  }

  place(groupId: string): ChordPlace {
    return this.#places.of(groupId);
  }

  opening(chord: ChordCount): ChordOpening {
    return this.#places.opening(chord);
  }

  encode(member: ChordMember): Pick<ChordPart, 'member'> {
    return { member: this.#codec.toText(this.#codec.encodeMember(member)) };
  }

  async open(chords: readonly ChordCount[]): Promise<void> {
    this.#open().chords.open(chords.map((each) => this.opening(each)));
  }

  async grow(groupId: string, taskId: string): Promise<void> {
    this.#open().chords.grow(this.place(groupId), taskId);
  }

  async shrink(groupId: string, taskId: string): Promise<void> {
    this.#open().chords.shrink(this.place(groupId), taskId);
  }

  async apply(parts: readonly ChordPart[]): Promise<readonly CompleteChord[]> {
    return this.#open().chords.count(parts);
  }

  async read(groupId: string): Promise<ChordRecord> {
    const place = this.place(groupId);
    const { chords, results } = this.#open();
    const { size, members } = chords.read(place);
    return recordOfTexts({ size, members, group: results.find(place.key) }, this.#codec);
  }

  async isComplete(groupId: string): Promise<boolean> {
    return this.#open().chords.isComplete(this.place(groupId));
  }

  async findComplete(
    olderThanMs: Millis,
    limit: number,
    restMs = olderThanMs,
  ): Promise<readonly CompleteChord[]> {
    return this.#open().chords.takeComplete(olderThanMs, limit, restMs);
  }

  async drop(groupId: string, isFailed = false): Promise<boolean> {
    return this.#open().chords.end(this.place(groupId), isFailed);
  }
}
