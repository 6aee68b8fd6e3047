import { type MemoryStore, memoryStore } from '../../drivers/memory/index.ts';
import { BrokerUnavailableError } from '../../errors.ts';
import type { OutgoingMessage } from '../../protocol/index.ts';
import { completeLayout } from '../layout-options.ts';
import { QueueOrder } from '../queue-order.ts';
import type { ConsumeOptions, Consumer, Store, Transport, TransportOptions } from '../transport.ts';
import { type Broker, brokerOf } from './broker.ts';
import { MemoryConsumer } from './consumer.ts';
import { MemoryDeadLetters } from './memory-dead-letters.ts';
import { prepareMessage } from './stored.ts';

/** Opens the store of that name in this process as a broker. @throws ConfigError */
export async function openMemoryTransport(
  url: string,
  options: TransportOptions,
): Promise<Transport> {
  return new MemoryTransport(memoryStore(url), options);
}

/** Messages inside one process: for tests, and for programs that run their own worker. */
class MemoryTransport implements Transport {
  readonly store: Store;
  readonly deadLetters: MemoryDeadLetters;
  readonly #memory: MemoryStore;
  readonly #options: TransportOptions;
  readonly #steps: readonly number[];
  readonly #consumers = new Set<Consumer>();
  #isClosed = false;

  constructor(memory: MemoryStore, options: TransportOptions) {
    this.store = { kind: 'memory', url: memory.url, identity: async () => memory.url };
    this.#memory = memory;
    this.#options = options;
    this.#steps = completeLayout(options.layout).prioritySteps;
    this.deadLetters = new MemoryDeadLetters(() => this.#broker(), this.#steps);
  }

  async publish(messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const prepared = messages.map((message) => prepareMessage(message, this.#steps));
    await null; // who gives up in the same turn has sent nothing
    signal.throwIfAborted();
    this.#broker().publish(prepared);
  }

  async broadcast(exchange: string, payload: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const route = {
      exchange: { name: exchange, type: 'fanout' },
      routingKey: '',
      declare: [],
    } as const;
    this.#broker().publish([{ queue: exchange, route, step: 0, payload }]);
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    const { leaseTimeoutMs, queueOrderStrategy, fault } = this.#options;
    const broker = this.#broker();
    const order = new QueueOrder(options.queues, queueOrderStrategy);
    const consumer = new MemoryConsumer({
      ...{ broker, options, leaseTimeoutMs, steps: this.#steps, order, fault },
    });
    this.#consumers.add(consumer);
    return consumer;
  }

  async size(queue: string): Promise<number> {
    return this.#broker().sizeOf(queue);
  }

  async purge(queue: string): Promise<number> {
    return this.#broker().purge(queue);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
  }

  #broker(): Broker {
    if (!this.#isClosed) return brokerOf(this.#memory);
    throw new BrokerUnavailableError(this.store.url, 'the connection was closed');
  }
}
