import {
  type ChordEndContext,
  type EndedChord,
  gatherInput,
  parseEnding,
  planChordEnd,
  planUnsentBody,
  tagOfChord,
} from '../app/index.ts';
import type { ResultBackend } from '../backends/index.ts';
import { DecodeError, MessageInvalidError, summaryOf } from '../errors.ts';
import type { ChordRecord, ResultMeta } from '../protocol/index.ts';
import type { CompleteChord, Completion } from '../transports/index.ts';
import type { Logger, Millis } from '../util/index.ts';

/** What the end of chords is brought about with. */
export interface ChordFiringParts {
  /** null: results are off, and there are no chords. */
  readonly backend: Pick<ResultBackend, 'chords' | 'find'> | null;
  readonly context: () => ChordEndContext;
  /** Writes completions, again and again until they are written. */
  readonly complete: (completions: readonly Completion[]) => void;
  readonly logger: Logger;
  /** Called when the store does not answer; the sweep comes again. */
  readonly onTrouble: (error: unknown) => void;
}

/** How often a worker looks for chords that are complete and were not ended, and how long they have been so then. */
const SWEEP_MS: Millis = 5_000;
/** How many it takes on at once. */
const SWEEP_MAX = 1_000;

/**
 * Sends the bodies of chords whose parts are all in. Many workers may take on the same chord: what they write is applied
 * for one of them. What one could not do, as it died or some member is not known yet, another comes upon when it sweeps.
 */
export class ChordFiring {
  readonly #parts: ChordFiringParts;
  /** Those that are being read or written, by the tags of their completions. */
  readonly #underWay = new Map<string, EndedChord | undefined>();
  readonly #reading = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #isSweeping = false;

  constructor(parts: ChordFiringParts) {
    this.#parts = parts;
  }

  /** Begins to sweep. */
  start(): void {
    if (!this.#parts.backend?.chords || this.#timer) return;
    this.#timer = setInterval(() => {
      if (!this.#isSweeping) this.#sweep(SWEEP_MS);
    }, SWEEP_MS);
    this.#timer.unref();
  }

  /** Sweeps no more. Resolves once what was being read is handed on, or the signal is aborted. */
  async stop(signal: AbortSignal): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (signal.aborted || !this.isBusy) return;
    const aborted = new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true });
    });
    await Promise.race([aborted, this.#handedOn()]);
  }

  async #handedOn(): Promise<void> {
    while (this.#reading.size > 0) await Promise.all(this.#reading);
  }

  /** Whether chords are being read or written. */
  get isBusy(): boolean {
    return this.#underWay.size > 0 || this.#reading.size > 0;
  }

  /** Ends chords that are complete. Never throws. */
  fire(chords: readonly CompleteChord[]): void {
    for (const chord of chords) {
      const tag = tagOfChord(chord.groupId);
      if (this.#underWay.has(tag)) continue;
      this.#underWay.set(tag, undefined);
      this.#read(this.#fire(chord, tag));
    }
  }

  /** Some may be complete that nobody is told of: takes on all that are. Never throws. */
  look(): void {
    if (this.#parts.backend?.chords) this.#sweep(0);
  }

  /** @param work - never rejects */
  #read(work: Promise<void>): void {
    const reading = work.finally(() => this.#reading.delete(reading));
    this.#reading.add(reading);
  }

  /** Completions were written, maybe some of chords. */
  settled(tags: readonly string[]): void {
    if (this.#underWay.size === 0) return;
    for (const tag of tags) this.#underWay.delete(tag);
  }

  /** What is written instead of a chord's end that has a message which cannot be sent. */
  unsendable(completion: Completion, error: Error): Completion {
    const chord = this.#underWay.get(completion.tag);
    // what is not known any more stays complete, and is read again by who sweeps
    if (!chord) return { tag: completion.tag, settle: { kind: 'kept' }, writes: [], messages: [] };
    return this.#unsent(chord, error);
  }

  async #fire(chord: CompleteChord, tag: string): Promise<void> {
    try {
      const completion = await this.#end(chord, tag);
      if (completion) this.#parts.complete([completion]);
      else this.#underWay.delete(tag);
    } catch (error) {
      this.#underWay.delete(tag);
      this.#parts.onTrouble(error);
    }
  }

  /** @returns undefined if it has to wait, or is not to be ended any more. */
  async #end(
    { groupId, ending: text }: CompleteChord,
    tag: string,
  ): Promise<Completion | undefined> {
    const { backend, context } = this.#parts;
    const chords = backend?.chords;
    if (!chords) return undefined;
    const ending = this.#parse(groupId, text);
    if (!ending) return this.#forget(groupId);
    const chord = { groupId, ending };
    this.#underWay.set(tag, chord);
    let input: ReturnType<typeof gatherInput>;
    try {
      input = await this.#gather(await chords.read(groupId));
    } catch (error) {
      if (isRubbish(error)) return this.#unsent(chord, error);
      throw error;
    }
    if (input.kind === 'missing') return undefined;
    if (input.kind === 'over') return this.#forget(groupId);
    try {
      return planChordEnd(chord, input, context());
    } catch (error) {
      return this.#unsent(chord, error);
    }
  }

  #unsent(chord: EndedChord, error: unknown): Completion {
    const { logger, context } = this.#parts;
    logger.error(`the body of chord ${chord.groupId} cannot be sent: ${summaryOf(error)}`);
    return planUnsentBody(chord, error, context());
  }

  async #gather(record: ChordRecord): Promise<ReturnType<typeof gatherInput>> {
    const input = gatherInput(record);
    if (input.kind !== 'missing' || input.ids.length === 0) return input;
    const metas = await Promise.all(input.ids.map((id) => this.#parts.backend?.find(id)));
    const found = new Map<string, ResultMeta>();
    for (const meta of metas) if (meta) found.set(meta.taskId, meta);
    return gatherInput(record, found);
  }

  #parse(groupId: string, text: string): EndedChord['ending'] | undefined {
    try {
      return parseEnding(text);
    } catch (error) {
      const what = `what is kept of chord ${groupId} is no body of one, and is forgotten`;
      this.#parts.logger.error(`${what}: ${summaryOf(error)}`);
      return undefined;
    }
  }

  async #forget(groupId: string): Promise<undefined> {
    await this.#parts.backend?.chords?.drop(groupId);
    return undefined;
  }

  #sweep(olderThanMs: Millis): void {
    this.#isSweeping = true;
    const found = this.#findComplete(olderThanMs).finally(() => {
      this.#isSweeping = false;
    });
    this.#read(found);
  }

  async #findComplete(olderThanMs: Millis): Promise<void> {
    try {
      const chords = await this.#parts.backend?.chords?.findComplete(olderThanMs, SWEEP_MAX);
      if (chords) this.fire(chords);
    } catch (error) {
      this.#parts.onTrouble(error);
    }
  }
}

/** Whether the store has answered, and will not answer otherwise the next time. */
function isRubbish(error: unknown): boolean {
  const isUnread = error instanceof DecodeError || error instanceof MessageInvalidError;
  return isUnread || error instanceof TypeError;
}
