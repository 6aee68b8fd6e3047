import {
  type Database,
  type DatabaseHold,
  holdDatabase,
  LeaseKeeper,
  leaseQueries,
  messageQueries,
} from '../../drivers/sqlite/index.ts';
import { BrokerUnavailableError } from '../../errors.ts';
import type { OutgoingMessage } from '../../protocol/index.ts';
import { systemClock } from '../../util/index.ts';
import { completeLayout } from '../layout-options.ts';
import { newOwnQueues } from '../own-queues.ts';
import { QueueOrder } from '../queue-order.ts';
import type { ConsumeOptions, Consumer, Store, Transport, TransportOptions } from '../transport.ts';
import { bindOwn, bindQueues } from './bindings.ts';
import { SqliteConsumer } from './consumer.ts';
import { Publisher } from './publisher.ts';
import { SqliteDeadLetters } from './sqlite-dead-letters.ts';
import { Upkeep } from './upkeep.ts';

/** How many messages one transaction of a purge deletes at most. */
const PURGE_MAX = 2_000;

/**
 * Opens the file as a broker.
 * @throws ConfigError, BrokerUnavailableError
 */
export async function openSqliteTransport(
  url: string,
  options: TransportOptions,
): Promise<Transport> {
  const hold = await holdDatabase(url, { deadlineMs: options.connectTimeoutMs });
  return new SqliteTransport(url, hold, options);
}

/** Messages in a file that all processes of a machine share. */
class SqliteTransport implements Transport {
  readonly store: Store;
  readonly deadLetters: SqliteDeadLetters;
  readonly #hold: DatabaseHold;
  readonly #options: TransportOptions;
  readonly #steps: readonly number[];
  readonly #publisher: Publisher;
  readonly #consumers = new Set<Consumer>();
  #closing: Promise<void> | undefined;

  constructor(url: string, hold: DatabaseHold, options: TransportOptions) {
    const { database } = hold;
    this.#steps = completeLayout(options.layout).prioritySteps;
    this.store = { kind: 'sqlite', url, identity: async () => database.file };
    this.#hold = hold;
    this.#options = options;
    this.#publisher = new Publisher(database, this.#steps);
    this.deadLetters = new SqliteDeadLetters(() => this.#database(), this.#steps);
  }

  async publish(messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<void> {
    this.#database();
    await this.#publisher.publish(messages, signal);
  }

  async broadcast(exchange: string, payload: string, signal: AbortSignal): Promise<void> {
    this.#database();
    const route = {
      exchange: { name: exchange, type: 'fanout' },
      routingKey: '',
      declare: [],
    } as const;
    await this.#publisher.insert([{ route, step: 0, payload }], signal);
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    const database = this.#database();
    const { leaseTimeoutMs, clock = systemClock, fault } = this.#options;
    const own = newOwnQueues(options.declare ?? []);
    const leaseId = await database.write(
      (session) => {
        bindQueues(session, options.declare ?? []);
        const expiresMs = Math.ceil(clock.now() + leaseTimeoutMs);
        const [[lease] = [0]] = session.all(leaseQueries.insertLease, [expiresMs]);
        bindOwn(session, own, lease);
        return lease;
      },
      { announce: false },
    );
    const keeper = new LeaseKeeper({
      file: database.file,
      leaseId,
      timeoutMs: leaseTimeoutMs,
      onTrouble: (reason) => options.onNotice('error', `claims are not renewed: ${reason}`),
    });
    const upkeep = new Upkeep({ database, options, leaseTimeoutMs, clock, leaseId, own });
    const queues = [...options.queues, ...own.map(({ queue }) => queue)];
    const order = new QueueOrder(queues, this.#options.queueOrderStrategy);
    const parts = {
      ...{ database, options, leaseId, leaseTimeoutMs, keeper, upkeep, clock, fault },
      ...{ steps: this.#steps, order, own },
    };
    const consumer = new SqliteConsumer(parts);
    this.#consumers.add(consumer);
    try {
      await consumer.start();
    } catch (error) {
      await consumer.close();
      throw error;
    }
    return consumer;
  }

  async size(queue: string): Promise<number> {
    const rows = await this.#database().read((session) =>
      session.all(messageQueries.countWaiting, [queue]),
    );
    return rows[0]?.[0] ?? 0;
  }

  async purge(queue: string): Promise<number> {
    const database = this.#database();
    const rows = await database.read((session) => session.all(messageQueries.lastId, []));
    const lastId = rows[0]?.[0] ?? 0;
    for (let purged = 0; ; ) {
      const deleted = await database.write(
        (session) => session.run(messageQueries.purgeWaiting, [queue, lastId, PURGE_MAX]),
        { announce: false },
      );
      purged += deleted;
      if (deleted < PURGE_MAX) return purged;
      await new Promise((resolve) => setImmediate(resolve)); // others have work to do too
    }
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  #database(): Database {
    if (!this.#closing) return this.#hold.database;
    throw new BrokerUnavailableError(this.store.url, 'the connection was closed');
  }

  async #close(): Promise<void> {
    await this.#publisher.idle();
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    this.#hold.release();
  }
}
