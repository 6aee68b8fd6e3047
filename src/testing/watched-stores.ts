import type { OutgoingMessage } from '../protocol/index.ts';
import type { Completion, Consumer, Parking, Transport } from '../transports/index.ts';
import type { Clock } from '../util/index.ts';
import type { Faults } from './faults.ts';

/** Who watches what is sent and taken. */
export interface StoreWatch {
  readonly faults: Faults;
  readonly clock: Clock;
  /** Whether tasks may be taken now. */
  readonly isOpen: () => boolean;
  /** Whether a task's message is acked late. */
  readonly isLate: (task: string) => boolean;
  /** Called with what is about to be sent, and again once it was. */
  readonly onSending: (messages: readonly OutgoingMessage[]) => void;
  readonly onSent: (messages: readonly OutgoingMessage[]) => void;
  /** Called with the tags of claims that were settled. */
  readonly onWritten: (tags: readonly string[]) => void;
}

/** A transport that tells what is sent through it. */
export function watchTransport(transport: Transport, watch: StoreWatch): Transport {
  return {
    store: transport.store,
    publish: async (messages, signal) => {
      watch.onSending(messages);
      await transport.publish(messages, signal);
      watch.onSent(messages);
    },
    broadcast: (...told) => transport.broadcast(...told),
    consume: (options) => transport.consume(options),
    size: (queue) => transport.size(queue),
    purge: (queue) => transport.purge(queue),
    deadLetters: transport.deadLetters,
    close: () => transport.close(),
  };
}

/** A consumer that takes messages only while it may, and is lost with those that are to be delivered twice. */
export class WatchedConsumer implements Consumer {
  readonly connections = 0;
  readonly #consumer: Consumer;
  readonly #watch: StoreWatch;

  constructor(consumer: Consumer, watch: StoreWatch) {
    this.#consumer = consumer;
    this.#watch = watch;
  }

  async claim(limit: number): ReturnType<Consumer['claim']> {
    const { faults, isOpen, isLate } = this.#watch;
    if (!isOpen()) return [];
    const claimed = await this.#consumer.claim(limit);
    faults.noteClaimed(claimed, isLate);
    return claimed;
  }

  async commit(completions: readonly Completion[]): Promise<readonly string[]> {
    const { faults, clock, onSending, onSent, onWritten } = this.#watch;
    const doomed: Parking[] = [];
    const written: Completion[] = [];
    for (const completion of completions) {
      const parking = faults.takeDoomed(completion.tag, clock.now());
      if (parking) doomed.push(parking);
      else written.push(completion);
    }
    onSending(written.flatMap(({ messages }) => messages));
    const lost = new Set(await this.#consumer.commit(written));
    const kept = written.filter(({ tag }) => !lost.has(tag));
    onSent(kept.flatMap(({ messages }) => messages));
    onWritten(kept.map(({ tag }) => tag));
    if (doomed.length > 0) await this.#consumer.park(doomed);
    return [...lost, ...doomed.map(({ tag }) => tag)];
  }

  async park(parkings: readonly Parking[]): Promise<void> {
    this.#watch.faults.notePutBack(parkings.map(({ tag }) => tag));
    await this.#consumer.park(parkings);
  }

  async release(tags: readonly string[]): Promise<void> {
    this.#watch.faults.notePutBack(tags);
    await this.#consumer.release(tags);
  }

  halt(): Promise<void> {
    return this.#consumer.halt();
  }

  close(): Promise<void> {
    return this.#consumer.close();
  }
}
