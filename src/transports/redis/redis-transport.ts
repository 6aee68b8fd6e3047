import { type RedisShare, RedisStore, shareRedis } from '../../drivers/redis/index.ts';
import type { OutgoingMessage } from '../../protocol/index.ts';
import type {
  ConsumeOptions,
  Consumer,
  PublishRetry,
  Store,
  Transport,
  TransportOptions,
} from '../transport.ts';
import { RedisConsumer } from './consumer.ts';
import { FailoverConsumer } from './failover-consumer.ts';
import { Layout } from './layout.ts';
import { Publisher } from './publisher.ts';
import { purge } from './purge.lua.ts';
import { RedisDeadLetters } from './redis-dead-letters.ts';

/** Queues in a Redis, laid out as Kombu lays them out, so that Python's workers share them. */
export class RedisTransport implements Transport {
  readonly store: Store;
  readonly deadLetters: RedisDeadLetters;
  readonly #options: TransportOptions;
  readonly #share: RedisShare;
  readonly #layout: Layout;
  readonly #publisher: Publisher;
  readonly #consumers = new Set<Consumer>();

  /** @throws ConfigError for a URL that cannot be used */
  constructor(url: string, options: TransportOptions) {
    this.#options = options;
    this.#share = shareRedis(url, options);
    this.#layout = new Layout(options.layout, this.#share.commands.address.db);
    this.store = new RedisStore(this.#share, options);
    this.#publisher = new Publisher(this.#share.commands, this.#layout);
    this.deadLetters = new RedisDeadLetters(() => this.#ready(), this.#layout);
  }

  publish(
    messages: readonly OutgoingMessage[],
    signal: AbortSignal,
    retry?: PublishRetry,
  ): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    return this.#publisher.publish(messages, signal, retry);
  }

  broadcast(exchange: string, payload: string, signal: AbortSignal): Promise<void> {
    const channel = this.#layout.channelOf(exchange, '');
    return this.#publisher.post([{ channel, payload }], signal);
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    const parts = { options, transport: this.#options, layout: this.#layout };
    const make = (): RedisConsumer => new RedisConsumer(this.#share, parts);
    const isList = this.#share.routeId !== undefined;
    const consumer = isList ? new FailoverConsumer(this.#share.commands, make) : make();
    this.#consumers.add(consumer);
    try {
      await consumer.start();
    } catch (error) {
      this.#consumers.delete(consumer);
      await consumer.close();
      throw error;
    }
    return consumer;
  }

  async size(queue: string): Promise<number> {
    const link = await this.#ready();
    const sizes = await Promise.all(
      this.#layout.listKeys([queue]).map((list) => link.call('llen', [list])),
    );
    return sizes.reduce((sum: number, size) => sum + Number(size), 0);
  }

  async purge(queue: string): Promise<number> {
    return purge(await this.#ready(), { layout: this.#layout, queue });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await this.#publisher.idle();
    this.#share.release();
  }

  async #ready(): Promise<RedisShare['commands']> {
    const { commands } = this.#share;
    await commands.ready(AbortSignal.timeout(this.#options.connectTimeoutMs));
    return commands;
  }
}
