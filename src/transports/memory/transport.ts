import { type MemoryStore, memoryStore } from '../../drivers/memory/index.ts';
import { BrokerUnavailableError } from '../../errors.ts';
import type { OutgoingMessage } from '../../protocol/index.ts';
import type { ConsumeOptions, Consumer, Store, Transport, TransportOptions } from '../transport.ts';
import { type Broker, brokerOf } from './broker.ts';
import { MemoryConsumer } from './consumer.ts';
import { toStored } from './stored.ts';

/** Opens the store of that name in this process as a broker. */
export async function openMemoryTransport(
  url: string,
  options: TransportOptions,
): Promise<Transport> {
  return new MemoryTransport(memoryStore(url), options);
}

/** Messages inside one process: for tests, and for programs that run their own worker. */
class MemoryTransport implements Transport {
  readonly store: Store;
  readonly #memory: MemoryStore;
  readonly #options: TransportOptions;
  readonly #consumers = new Set<Consumer>();
  #isClosed = false;

  constructor(memory: MemoryStore, options: TransportOptions) {
    this.store = { kind: 'memory', url: memory.url, identity: async () => memory.url };
    this.#memory = memory;
    this.#options = options;
  }

  async publish(messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#broker().publish(messages.map(toStored));
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    const { leaseTimeoutMs, fault } = this.#options;
    const broker = this.#broker();
    const consumer = new MemoryConsumer({ broker, options, leaseTimeoutMs, fault });
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
