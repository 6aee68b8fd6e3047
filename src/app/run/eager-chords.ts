import { randomUUID } from 'node:crypto';
import { type ChordStore, type GroupWriter, openBackend } from '../../backends/index.ts';
import type { Plan } from '../../canvas/index.ts';
import type { Settings } from '../../config/index.ts';
import { addMemoryStore, dropMemoryStore } from '../../drivers/memory/index.ts';
import type { ResultMeta, ResultTuple } from '../../protocol/index.ts';
import type { ChordPart, CompleteChord, Completion, ResultWrite } from '../../transports/index.ts';
import { systemTime } from '../../util/index.ts';
import { backendOptions } from '../connection-settings.ts';
import { planChordEnd, planUnsentBody } from './chord-end.ts';
import { gatherInput } from './chord-input.ts';
import { parseEnding } from './chord-parts.ts';
import type { CompletionContext } from './completion.ts';

/** What an eager run hands to its chords. */
export interface EagerChordsHost {
  /** What is known of a task. */
  readonly find: (id: string) => Promise<ResultMeta | undefined>;
  /** Called with the error of what of a chord cannot be sent. */
  readonly onUnsent: (error: unknown) => void;
}

/** The chords of one eager run: counted and joined as those of workers are, in a store in memory that goes with it. */
export class EagerChords {
  readonly chords: ChordStore;
  /** Groups are kept beside the chords, whatever becomes of results. */
  readonly groups: GroupWriter;
  readonly #host: EagerChordsHost;
  readonly #close: () => Promise<void>;
  /** Groups that a completion has and that are not kept yet. */
  readonly #planned: ResultTuple[] = [];

  private constructor(
    store: Readonly<{ chords: ChordStore; groups: GroupWriter; close: () => Promise<void> }>,
    host: EagerChordsHost,
  ) {
    this.chords = store.chords;
    this.#host = host;
    this.#close = store.close;
    this.groups = {
      save: (group) => store.groups.save(group),
      find: (id) => store.groups.find(id),
      delete: (id) => store.groups.delete(id),
      write: (group) => {
        this.#planned.push(group);
        return NOT_STORED;
      },
    };
  }

  static async open(settings: Settings, host: EagerChordsHost): Promise<EagerChords> {
    const memory = addMemoryStore(`eager-${randomUUID()}`, systemTime);
    const options = backendOptions(settings, '');
    const format = { ...options.format, accept: undefined }; // nobody else has written it
    const backend = await openBackend(memory.url, { ...options, format });
    const { chords, groups } = backend;
    if (!chords || !groups) throw new TypeError('a store in memory counts chords');
    const close = async () => {
      await backend.close();
      dropMemoryStore(memory);
    };
    return new EagerChords({ chords, groups, close }, host);
  }

  /** What is to be known before messages are run. */
  async begin({ chords = [], groups = [] }: Pick<Plan, 'chords' | 'groups'>): Promise<void> {
    await this.chords.open(chords);
    for (const group of groups) await this.groups.save(group);
  }

  /**
   * Applies what a completion says of chords. @param context - of what ends a chord
   * @returns the ends of those that are complete now, each to be applied like any completion
   */
  async apply(
    { openings = [], parts = [] }: Completion,
    context: CompletionContext,
  ): Promise<readonly Completion[]> {
    await this.begin({ chords: openings, groups: this.#planned.splice(0) });
    const complete = await this.chords.apply(parts.map(withoutWrites));
    const ends = await Promise.all(complete.map((each) => this.#end(each, context)));
    return ends.filter((each) => each !== undefined);
  }

  close(): Promise<void> {
    return this.#close();
  }

  async #end(
    { groupId, ending: text }: CompleteChord,
    context: CompletionContext,
  ): Promise<Completion | undefined> {
    const chord = { groupId, ending: parseEnding(text) };
    const record = await this.chords.read(groupId);
    let input = gatherInput(record);
    if (input.kind === 'missing') {
      const metas = await Promise.all(input.ids.map((id) => this.#host.find(id)));
      const found = metas.flatMap((meta) => (meta ? [[meta.taskId, meta] as const] : []));
      input = gatherInput(record, new Map(found));
    }
    if (input.kind === 'missing' || input.kind === 'over') return undefined;
    await this.chords.drop(groupId, input.kind === 'failed');
    try {
      return planChordEnd(chord, input, context);
    } catch (error) {
      this.#host.onUnsent(error);
      return planUnsentBody(chord, error, context);
    }
  }
}

/** What is written nowhere: the run keeps its results itself. */
export const NOT_STORED: ResultWrite = {
  ...{ key: '', document: '', finality: 'open', ttlMs: 0, db: 0 },
};

/** The results that come with parts are the run's to keep. */
function withoutWrites(part: ChordPart): ChordPart {
  return { ...part, writes: [], parts: part.parts.map(withoutWrites) };
}
