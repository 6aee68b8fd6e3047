import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ResultBackend } from '../backends/index.ts';
import {
  type CompleteChord,
  type Completion,
  type Consumer,
  HeldUpError,
  isUnsendable,
  type Transport,
} from '../transports/index.ts';
import { persist } from './persist.ts';
import { SetAside } from './set-aside.ts';
import {
  beginIn,
  countIn,
  endIn,
  isOfChord,
  withoutBeginning,
  withoutEnded,
} from './two-stores.ts';
import { allOf, aWriting, mayCount, type Writing } from './writing.ts';

/** What a completer writes to. */
export interface CompleterParts {
  readonly consumer: Consumer;
  readonly transport: Transport;
  /** null: results are off. */
  readonly backend: ResultBackend | null;
  /** Whether the broker's commit can write the results too. */
  readonly isOneStore: boolean;
  /** Whether messages are sent to the broker that they are taken from. */
  readonly isOneBroker: boolean;
  /** What is written instead of a completion of which a message cannot be sent. */
  readonly unsendable: (completion: Completion, error: Error) => Completion;
  /** Called with the tags that were settled, and those of them whose claim had been lost. */
  readonly onSettled: (tags: readonly string[], lost: readonly string[]) => void;
  /** Called with chords whose last part was written; a consumer tells of those that it has written itself. */
  readonly onComplete: (chords: readonly CompleteChord[]) => void;
  /**
   * Called when parts of chords are written after a try that failed, and may have been written by that: then nobody is told of
   * chords that it has completed.
   */
  readonly onUnheard: () => void;
  /** Called once per failed try; it tries again until it works or the worker stops. */
  readonly onTrouble: (error: unknown, waiting: number) => void;
  readonly signal: AbortSignal;
}

const BATCH_MAX = 500;
const NONE: readonly Completion[] = [];
const NO_TAGS: ReadonlySet<string> = new Set();

/**
 * Writes completions in batches: while one is on its way, the next gathers. What waits here is bounded
 * by the claims of the worker, which takes no more of them while the broker does not answer.
 */
export class Completer {
  readonly #parts: CompleterParts;
  #pending: Completion[] = [];
  /** The states STARTED of tasks that have not ended since, by the tags of their claims. */
  readonly #starts = new Map<string, Completion>();
  #flushing: Promise<void> | undefined;
  /** Until a consumer has told of the chords that are complete, which it does after its commit. */
  #telling: Promise<void> | undefined;
  /** The starts that are being written now. */
  #startsOnTheirWay: ReadonlySet<string> = NO_TAGS;
  #writing: Promise<unknown> | undefined;
  readonly #aside: SetAside;
  /** The tags of what was set aside of the batch that is being written. */
  #heldUp: ReadonlySet<string> = NO_TAGS;

  constructor(parts: CompleterParts) {
    this.#parts = parts;
    this.#aside = new SetAside({
      ...parts,
      onWritten: (written, lost) => this.#written(written, { lost, hasFailed: true }),
    });
  }

  /** Takes completions on; they are written soon. Never throws. */
  add(completions: readonly Completion[]): void {
    for (const completion of completions) {
      this.#pending.push(
        completion.messages.length === 0 ? completion : this.#replaceable(completion),
      );
      if (this.#starts.size > 0) this.#starts.delete(completion.tag); // it has ended: that says more
    }
    this.#flushing ??= this.#flush();
  }

  /** A broker that writes the results too finds out by itself that a message cannot be sent. */
  #replaceable(completion: Completion): Completion {
    let made: Completion | undefined;
    const instead = (error: Error): Completion => {
      made ??= this.#parts.unsendable(completion, error);
      return made; // the same each time that the commit is tried
    };
    return { ...completion, instead };
  }

  /** Takes the state STARTED on. It is written before what the task comes to, or else not at all. */
  addStart(tag: string, start: Completion): void {
    this.#starts.set(tag, start);
    this.#flushing ??= this.#flush();
  }

  /** A task stores a state of its own, which says more than that it has begun; resolves once nothing overwrites it. */
  async overtakeStart(tag: string): Promise<void> {
    this.#starts.delete(tag);
    if (this.#startsOnTheirWay.has(tag)) await this.#writing;
  }

  /** Whether anything is still to be written, or to be told of what was. */
  get isBusy(): boolean {
    return (this.#flushing ?? this.#telling ?? this.#aside.trying) !== undefined;
  }

  /** Resolves once everything added so far is written, and told of, or the signal was aborted. */
  async idle(): Promise<void> {
    while (this.isBusy) await (this.#flushing ?? this.#telling ?? this.#aside.trying);
  }

  async #flush(): Promise<void> {
    await Promise.resolve(); // what is added in this turn of the loop travels together
    while (this.#pending.length + this.#starts.size > 0 && !this.#parts.signal.aborted) {
      const batch = this.#pending.splice(0, BATCH_MAX);
      const writing = aWriting(batch, this.#takeStarts());
      const persisted = this.#persist(writing);
      this.#writing = persisted;
      const lost = await persisted;
      const { hasFailed = false } = writing;
      const written =
        this.#heldUp.size > 0 ? batch.filter(({ tag }) => !this.#heldUp.has(tag)) : batch;
      this.#heldUp = NO_TAGS;
      if (lost) this.#written(written, { lost, hasFailed });
    }
    this.#flushing = undefined;
  }

  #written(
    written: readonly Completion[],
    { lost, hasFailed }: { readonly lost: readonly string[]; readonly hasFailed: boolean },
  ): void {
    this.#parts.onSettled(
      written.map(({ tag }) => tag),
      lost,
    );
    if (written.some(mayCount)) this.#told(hasFailed);
  }

  /** Commits; what is held up is tried on its own from then on, so that it holds up nothing else. */
  async #commit(completions: readonly Completion[]): Promise<readonly string[]> {
    try {
      return await this.#parts.consumer.commit(completions);
    } catch (error) {
      if (!(error instanceof HeldUpError)) throw error;
      const { places, lost } = error.heldUp;
      const held = places.flatMap((place) => completions[place] ?? []);
      this.#heldUp = new Set([...this.#heldUp, ...held.map(({ tag }) => tag)]);
      this.#aside.add(held);
      return lost;
    }
  }

  #persist(writing: Writing): Promise<readonly string[] | undefined> {
    return persist(() => this.#write(writing), {
      onTrouble: (error) => {
        writing.hasFailed = true;
        this.#parts.onTrouble(error, writing.batch.length + this.#pending.length);
      },
      signal: this.#parts.signal,
    });
  }

  /** Chords may be complete by what was written. */
  #told(hasFailed: boolean): void {
    if (hasFailed) this.#parts.onUnheard();
    const telling = nextTurn().then(() => {
      if (this.#telling === telling) this.#telling = undefined;
    });
    this.#telling = telling;
  }

  /** They are no more than there are claims. */
  #takeStarts(): readonly Completion[] {
    this.#startsOnTheirWay = NO_TAGS;
    if (this.#starts.size === 0) return NONE;
    this.#startsOnTheirWay = new Set(this.#starts.keys());
    const starts = [...this.#starts.values()];
    this.#starts.clear();
    return starts;
  }

  /** One commit where broker and results are one store; else what comes next first and the ack last. */
  async #write(writing: Writing): Promise<readonly string[]> {
    if (writing.parts) return this.#writeParts(writing);
    const { backend, isOneStore, isOneBroker } = this.#parts;
    const isStoredWith = isOneStore || !backend;
    if (isStoredWith && isOneBroker) return this.#commit(allOf(writing));

    if (backend && writing.hasFailed && !writing.isPublished) {
      writing.batch = await withoutEnded(backend, writing.batch);
    }
    // before its messages: whoever runs the last of them must know the size
    if (backend && !writing.isBegun) await beginIn(backend, writing.batch);
    writing.isBegun = true;
    try {
      await this.#publish(writing);
    } catch (error) {
      if (!isUnsendable(error)) throw error;
      writing.parts = this.#partsOf(writing, error);
      return this.#writeParts(writing);
    }
    const all = allOf(writing);
    if (isStoredWith) return this.#commit(all.map(withoutBeginning));
    return this.#writeApart(writing, all, backend);
  }

  async #publish(writing: Writing): Promise<void> {
    const messages = writing.batch.flatMap((completion) => completion.messages);
    if (messages.length > 0 && !writing.isPublished) {
      await this.#parts.transport.publish(messages, this.#parts.signal);
    }
    writing.isPublished = true;
  }

  /** The results first, then the parts of chords, which whoever sends the body may look up, and the ack last. */
  async #writeApart(
    writing: Writing,
    all: readonly Completion[],
    backend: ResultBackend,
  ): Promise<readonly string[]> {
    const { consumer, onComplete } = this.#parts;
    const writes = all.flatMap((completion) => completion.writes);
    if (writes.length > 0 && !writing.isStored) await backend.apply(writes);
    writing.isStored = true;
    const complete = await countIn(backend, writing.batch); // again if the ack fails: each counts once
    if (complete.length > 0) onComplete(complete);
    await endIn(backend, writing.batch);
    const claims = writing.batch.filter((each) => !isOfChord(each));
    if (claims.length === 0) return [];
    return consumer.commit(
      claims.map(({ tag, replyTo, settle }) => ({
        tag,
        replyTo,
        settle,
        writes: [],
        messages: [],
      })),
    );
  }

  async #writeParts({ parts = [], hasFailed = false }: Writing): Promise<readonly string[]> {
    const lost: string[] = [];
    for (const part of parts) {
      part.hasFailed = hasFailed;
      part.lost ??= await this.#write(part);
      lost.push(...part.lost);
    }
    return lost;
  }

  /** Not one message was sent as one cannot be: the task that sends it becomes a dead letter, others do not. */
  #partsOf({ batch, starts, isLast }: Writing, error: Error): readonly Writing[] {
    const [completion] = batch;
    if (!completion || batch.length > 1) {
      const each = batch.map((one) => aWriting([one], NONE));
      return [aWriting(NONE, starts), ...each];
    }
    const instead = isLast
      ? { ...completion, messages: [], openings: [] } // what is sent because of that cannot be sent either
      : this.#parts.unsendable(completion, error);
    return [{ ...aWriting([instead], starts), isLast: true }];
  }
}
