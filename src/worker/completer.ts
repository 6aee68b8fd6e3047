import type { ResultBackend } from '../backends/index.ts';
import { MessageUnroutableError, summaryOf } from '../errors.ts';
import type { Completion, Consumer, Transport } from '../transports/index.ts';
import { persist } from './persist.ts';

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
  /** Called with the tags that were settled, and those of them whose claim had been lost. */
  readonly onSettled: (tags: readonly string[], lost: readonly string[]) => void;
  /** Called once per failed try; it tries again until it works or the worker stops. */
  readonly onTrouble: (error: unknown, waiting: number) => void;
  readonly signal: AbortSignal;
}

const BATCH_MAX = 500;
const NONE: readonly Completion[] = [];

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

  constructor(parts: CompleterParts) {
    this.#parts = parts;
  }

  /** Takes completions on; they are written soon. Never throws. */
  add(completions: readonly Completion[]): void {
    for (const completion of completions) {
      this.#pending.push(completion);
      if (this.#starts.size > 0) this.#starts.delete(completion.tag); // it has ended: that says more
    }
    this.#flushing ??= this.#flush();
  }

  /** Takes the state STARTED on. It is written before what the task comes to, or else not at all. */
  addStart(tag: string, start: Completion): void {
    this.#starts.set(tag, start);
    this.#flushing ??= this.#flush();
  }

  /** Whether anything is still to be written. */
  get isBusy(): boolean {
    return this.#flushing !== undefined;
  }

  /** Resolves once everything added so far is written, or the signal was aborted. */
  async idle(): Promise<void> {
    while (this.#flushing) await this.#flushing;
  }

  async #flush(): Promise<void> {
    await Promise.resolve(); // what is added in this turn of the loop travels together
    while (this.#pending.length + this.#starts.size > 0 && !this.#parts.signal.aborted) {
      const batch = this.#pending.splice(0, BATCH_MAX);
      const starts = this.#takeStarts();
      const lost = await persist(() => this.#write(batch, starts), {
        onTrouble: (error) => this.#parts.onTrouble(error, batch.length + this.#pending.length),
        signal: this.#parts.signal,
      });
      if (lost)
        this.#parts.onSettled(
          batch.map((completion) => completion.tag),
          lost,
        );
    }
    this.#flushing = undefined;
  }

  /** They are no more than there are claims. */
  #takeStarts(): readonly Completion[] {
    if (this.#starts.size === 0) return NONE;
    const starts = [...this.#starts.values()];
    this.#starts.clear();
    return starts;
  }

  /** Not one message was sent as one has no queue: the task that sends it becomes a dead letter, others do not. */
  async #writeEach(
    batch: readonly Completion[],
    { starts, error }: { starts: readonly Completion[]; error: MessageUnroutableError },
  ): Promise<readonly string[]> {
    const [completion] = batch;
    if (completion && batch.length === 1) {
      const reason = `what follows it cannot be published: ${summaryOf(error)}`;
      const settle =
        completion.settle.kind === 'kept'
          ? completion.settle
          : ({ kind: 'dead-letter', reason } as const);
      return this.#write([{ ...completion, settle, messages: [] }], starts);
    }
    const lost = [...(await this.#write([], starts))];
    for (const each of batch) lost.push(...(await this.#write([each], [])));
    return lost;
  }

  /** One commit where broker and results are one store; else what comes next first and the ack last. */
  async #write(
    batch: readonly Completion[],
    starts: readonly Completion[],
  ): Promise<readonly string[]> {
    const { consumer, transport, backend, isOneStore, isOneBroker, signal } = this.#parts;
    const all = starts.length === 0 ? batch : [...starts, ...batch];
    const isStoredWith = isOneStore || !backend;
    if (isStoredWith && isOneBroker) return consumer.commit(all);

    const messages = batch.flatMap((completion) => completion.messages);
    try {
      if (messages.length > 0) await transport.publish(messages, signal);
    } catch (error) {
      if (!(error instanceof MessageUnroutableError)) throw error;
      return this.#writeEach(batch, { starts, error });
    }
    if (isStoredWith) return consumer.commit(all.map((each) => ({ ...each, messages: [] })));
    const writes = all.flatMap((completion) => completion.writes);
    if (writes.length > 0) await backend.apply(writes);
    if (batch.length === 0) return [];
    return consumer.commit(batch.map((each) => ({ ...each, messages: [], writes: [] })));
  }
}
