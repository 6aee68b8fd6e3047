import type { Claimed } from '../../protocol/index.ts';
import { readEntry } from '../../protocol/index.ts';
import { type Millis, soon } from '../../util/index.ts';
import { ChordNews } from '../chord-news.ts';
import { Fairness } from '../fairness.ts';
import { newOwnQueues } from '../own-queues.ts';
import type { QueueOrder } from '../queue-order.ts';
import type {
  Completion,
  ConsumeOptions,
  Consumer,
  Parking,
  TransportOptions,
} from '../transport.ts';
import { insteadOf, isUnsendable } from '../unsent.ts';
import type { Broker, Lease, PreparedCompletion } from './broker.ts';
import { prepareMessage } from './stored.ts';

/** What a consumer is put together from. */
export interface MemoryConsumerParts {
  readonly broker: Broker;
  readonly options: ConsumeOptions;
  readonly leaseTimeoutMs: Millis;
  readonly steps: readonly number[];
  readonly order: QueueOrder;
  readonly fault: TransportOptions['fault'];
}

/**
 * Claims messages of the process that it lives in. Its lease needs no renewal: as long as there is a process,
 * nobody but the consumer's owner can end it.
 */
export class MemoryConsumer implements Consumer {
  readonly connections = 0;
  readonly #parts: MemoryConsumerParts;
  readonly #lease: Lease;
  readonly #unsubscribe: () => void;
  readonly #fairness = new Fairness();
  readonly #chordNews: ChordNews;
  #isClosed = false;

  constructor(parts: MemoryConsumerParts) {
    const { broker, options } = parts;
    this.#parts = parts;
    this.#chordNews = new ChordNews(options);
    const declare = options.declare ?? [];
    this.#lease = { expiresMs: Number.POSITIVE_INFINITY, own: newOwnQueues(declare) };
    const wake = soon(() => {
      if (!this.#isClosed) options.onWake();
    });
    broker.exchanges.declare(declare);
    broker.begin(this.#lease);
    this.#unsubscribe = broker.subscribe({ wake, notice: options.onNotice });
  }

  get #own(): readonly string[] {
    return this.#lease.own.map(({ queue }) => queue);
  }

  async claim(limit: number): Promise<readonly Claimed[]> {
    if (this.#isClosed || limit <= 0) return [];
    const { broker, steps, order, fault } = this.#parts;
    const overtaken = this.#fairness.plan(limit);
    // its own first: they are few, and the others take turns
    const queues = this.#own.length > 0 ? [...this.#own, ...order.queues] : order.queues;
    const claimed = broker.claim(this.#lease, { queues, steps, limit, overtaken });
    this.#fairness.note(claimed);
    order.note(new Set(claimed.messages.map(({ queue }) => queue)));
    await fault?.('claimed');
    return claimed.messages.map(readEntry);
  }

  /** Nothing is ever handed over: who is woken claims as fast. */
  async halt(): Promise<void> {}

  async commit(completions: readonly Completion[]): Promise<readonly string[]> {
    const { broker, options, steps, fault } = this.#parts;
    const prepared = completions.map((each) =>
      prepareCompletion(each, { steps, onNotice: options.onNotice }),
    );
    await fault?.('committing');
    const { lost, complete } = broker.commit(prepared, { ...options, own: this.#lease.own });
    await fault?.('committed');
    this.#chordNews.note(complete);
    return lost;
  }

  async park(parkings: readonly Parking[]): Promise<void> {
    this.#parts.broker.park(parkings);
    await this.#parts.fault?.('parked');
  }

  async release(tags: readonly string[]): Promise<void> {
    this.#parts.broker.release(tags);
    await this.#parts.fault?.('released');
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#chordNews.stop();
    this.#unsubscribe();
    this.#parts.broker.end(this.#lease, this.#parts.leaseTimeoutMs);
  }
}

/** Encodes what a completion sends; what has no form makes the task a dead letter. */
function prepareCompletion(
  completion: Completion,
  parts: Pick<ConsumeOptions, 'onNotice'> & { readonly steps: readonly number[] },
): PreparedCompletion {
  const { messages, instead, ...rest } = completion;
  try {
    return {
      ...rest,
      messages: messages.map((each) => prepareMessage(each, parts.steps)),
      instead: instead && ((error) => prepareCompletion(instead(error), parts)),
    };
  } catch (error) {
    if (!isUnsendable(error)) throw error;
    const bare = { ...completion, messages: [] };
    return prepareCompletion(insteadOf<Completion>(bare, error, parts.onNotice), parts);
  }
}
