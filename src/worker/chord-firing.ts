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
import type { ChordRecord } from '../protocol/index.ts';
import type { CompleteChord, Completion } from '../transports/index.ts';
import { type Logger, type Millis, Semaphore } from '../util/index.ts';

/** What the end of chords is brought about with. */
export interface ChordFiringParts {
  /** null: results are off, and there are no chords. */
  readonly backend: Pick<ResultBackend, 'chords' | 'findMany'> | null;
  readonly context: () => ChordEndContext;
  /** Writes completions, again and again until they are written. */
  readonly complete: (completions: readonly Completion[]) => void;
  readonly logger: Logger;
  /** Called when the store does not answer; the sweep comes again. */
  readonly onTrouble: (error: unknown) => void;
  /** How often it sweeps, and how long a chord has been complete then; five seconds if not given. */
  readonly sweepMs?: Millis;
}

const SWEEP_MS: Millis = 5_000;
/** How many a sweep takes on at once, and how many of them are read at once: they may wait for long, and be large. */
const SWEEP_MAX = 1_000;
const SWEPT_READS = 4;
/** The same of those that are told of. */
const TOLD_READS = 100;

/**
 * Sends the bodies of chords whose parts are all in. Many workers may take on the same chord: what they write is applied
 * for one of them. What one could not do, as it died or some member is not known yet, another comes upon when it sweeps.
 */
export class ChordFiring {
  readonly #parts: ChordFiringParts;
  /** Those that are being read or written, by the tags of their completions. */
  readonly #underWay = new Map<string, EndedChord | undefined>();
  readonly #reading = new Set<Promise<void>>();
  readonly #told = new Semaphore(TOLD_READS);
  readonly #swept = new Semaphore(SWEPT_READS);
  #timer: NodeJS.Timeout | undefined;
  #isSweeping = false;

  constructor(parts: ChordFiringParts) {
    this.#parts = parts;
  }

  get #sweepMs(): Millis {
    return this.#parts.sweepMs ?? SWEEP_MS;
  }

  /** Begins to sweep. */
  start(): void {
    if (!this.#parts.backend?.chords || this.#timer) return;
    this.#timer = setInterval(() => {
      if (!this.#isSweeping) this.#sweep();
    }, this.#sweepMs);
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
    for (const { chord, tag } of this.#begin(chords)) {
      this.#read(this.#told.run(() => this.#fire(chord, tag)));
    }
  }

  /** Some may be complete that nobody is told of: takes on all that are. Never throws. */
  look(): void {
    this.#read(this.#findComplete(0).then((chords) => this.fire(chords)));
  }

  /** Those that are not under way, which they are from now on. */
  #begin(chords: readonly CompleteChord[]): { chord: CompleteChord; tag: string }[] {
    return chords.flatMap((chord) => {
      const tag = tagOfChord(chord.groupId);
      if (this.#underWay.has(tag)) return [];
      this.#underWay.set(tag, undefined);
      return [{ chord, tag }];
    });
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
    return gatherInput(record, await this.#parts.backend?.findMany(input.ids));
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

  #sweep(): void {
    this.#isSweeping = true;
    const swept = this.#findComplete(this.#sweepMs).then(async (chords) => {
      const firing = this.#begin(chords).map(({ chord, tag }) =>
        this.#swept.run(async () => {
          if (this.#timer) await this.#fire(chord, tag);
          else this.#underWay.delete(tag); // others find it when they sweep
        }),
      );
      await Promise.all(firing);
      this.#isSweeping = false;
    });
    this.#read(swept);
  }

  /** Never throws. */
  async #findComplete(olderThanMs: Millis): Promise<readonly CompleteChord[]> {
    try {
      return (
        (await this.#parts.backend?.chords?.findComplete(olderThanMs, SWEEP_MAX, this.#sweepMs)) ??
        []
      );
    } catch (error) {
      this.#parts.onTrouble(error);
      return [];
    }
  }
}

/** Whether the store has answered, and will not answer otherwise the next time. */
function isRubbish(error: unknown): boolean {
  const isUnread = error instanceof DecodeError || error instanceof MessageInvalidError;
  return isUnread || error instanceof TypeError;
}
