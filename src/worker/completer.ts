import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ResultBackend } from '../backends/index.ts';
import {
  type CompleteChord,
  type Completion,
  type Consumer,
  isUnsendable,
  type Transport,
} from '../transports/index.ts';
import { persist } from './persist.ts';
import {
  beginIn,
  countIn,
  endIn,
  isOfChord,
  withoutBeginning,
  withoutEnded,
} from './two-stores.ts';

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

  constructor(parts: CompleterParts) {
    this.#parts = parts;
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
    return this.#flushing !== undefined || this.#telling !== undefined;
  }

  /** Resolves once everything added so far is written, and told of, or the signal was aborted. */
  async idle(): Promise<void> {
    while (this.isBusy) await (this.#flushing ?? this.#telling);
  }

  async #flush(): Promise<void> {
    await Promise.resolve(); // what is added in this turn of the loop travels together
    while (this.#pending.length + this.#starts.size > 0 && !this.#parts.signal.aborted) {
      const batch = this.#pending.splice(0, BATCH_MAX);
      const writing = aWriting(batch, this.#takeStarts());
      const persisted = this.#persist(writing);
      this.#writing = persisted;
      const lost = await persisted;
      if (lost)
        this.#parts.onSettled(
          batch.map((completion) => completion.tag),
          lost,
        );
      if (lost && batch.some(mayCount)) this.#told(writing);
    }
    this.#flushing = undefined;
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
  #told({ hasFailed }: Writing): void {
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
    const { consumer, backend, isOneStore, isOneBroker } = this.#parts;
    const isStoredWith = isOneStore || !backend;
    if (isStoredWith && isOneBroker) return consumer.commit(allOf(writing));

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
    if (isStoredWith) return consumer.commit(all.map(withoutBeginning));
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

/** What goes out together, and how far it has got: a try that failed half-way is gone on with from there. */
interface Writing {
  batch: readonly Completion[];
  readonly starts: readonly Completion[];
  /** Whether it stands for a completion that could not be sent. */
  readonly isLast?: boolean;
  /** Whether a try has failed. */
  hasFailed?: boolean;
  isBegun?: boolean;
  isPublished?: boolean;
  isStored?: boolean;
  /** In place of the whole, of which one message has no queue. */
  parts?: readonly Writing[];
  /** The claims that were lost, once it is written. */
  lost?: readonly string[];
}

/** Whether it, or what is written in its place, may count in a chord. */
function mayCount({ parts, instead }: Completion): boolean {
  return parts !== undefined || instead !== undefined;
}

function allOf({ batch, starts }: Writing): readonly Completion[] {
  return starts.length === 0 ? batch : [...starts, ...batch];
}

function aWriting(batch: readonly Completion[], starts: readonly Completion[]): Writing {
  return { batch, starts };
}
