import {
  type Database,
  type LeaseKeeper,
  leaseQueries,
  messageQueries,
} from '../../drivers/sqlite/index.ts';
import { type Claimed, readEntry } from '../../protocol/index.ts';
import type { Clock, Millis } from '../../util/index.ts';
import { ChordNews } from '../chord-news.ts';
import { Fairness } from '../fairness.ts';
import type { OwnQueue } from '../own-queues.ts';
import type { QueueOrder } from '../queue-order.ts';
import type {
  Completion,
  ConsumeOptions,
  Consumer,
  Parking,
  TransportOptions,
} from '../transport.ts';
import { dropOwn } from './bindings.ts';
import { type ClaimedRow, claimRows, parkRows, releaseRows } from './claims.ts';
import { prepareCompletion, settleAll } from './settle.ts';
import type { Upkeep } from './upkeep.ts';

/** What a consumer is put together from. */
export interface SqliteConsumerParts {
  readonly database: Database;
  readonly options: ConsumeOptions;
  readonly leaseId: number;
  readonly leaseTimeoutMs: Millis;
  readonly keeper: LeaseKeeper;
  readonly upkeep: Upkeep;
  readonly clock: Clock;
  readonly steps: readonly number[];
  readonly order: QueueOrder;
  /** Queues that go with this consumer. */
  readonly own: readonly OwnQueue[];
  readonly fault: TransportOptions['fault'];
}

/** After a failed call the worker is woken again: nothing else would tell it that the file is back. */
const WAKE_AFTER_FAILURE_MS: Millis = 1_000;

/** Claims rows under a lease, which a thread renews. */
export class SqliteConsumer implements Consumer {
  /** The process's own and that of the thread. */
  readonly connections = 2;
  readonly #parts: SqliteConsumerParts;
  readonly #queuesText: string;
  #stopListening: (() => void) | undefined;
  #wakeTimer: NodeJS.Timeout | undefined;
  readonly #fairness = new Fairness();
  readonly #chordNews: ChordNews;
  #batch = 0;
  #closing: Promise<void> | undefined;

  constructor(parts: SqliteConsumerParts) {
    this.#parts = parts;
    this.#chordNews = new ChordNews(parts.options);
    this.#queuesText = JSON.stringify(parts.order.queues);
  }

  /** Resolves once it watches and has swept. @throws BrokerUnavailableError */
  async start(): Promise<void> {
    const { database, options, upkeep } = this.#parts;
    this.#stopListening = database.onChange(() => {
      upkeep.refresh();
      options.onWake();
    });
    await upkeep.start();
  }

  async claim(limit: number): Promise<readonly Claimed[]> {
    if (this.#closing || limit <= 0) return [];
    try {
      const rows = await this.#claimRows(limit);
      await this.#parts.fault?.('claimed');
      return rows.map(readEntry);
    } catch (error) {
      this.#wakeLater();
      throw error;
    }
  }

  /** Nothing is ever handed over: a file cannot tell one process of many. */
  async halt(): Promise<void> {}

  async commit(completions: readonly Completion[]): Promise<readonly string[]> {
    if (completions.length === 0) return [];
    const { database, options, clock, fault, steps } = this.#parts;
    const { nodeName, onNotice } = options;
    const prepared = completions.map((each) => prepareCompletion(each, { steps, onNotice }));
    const context = { nodeName, nowMs: clock.now(), onNotice, nameOf: this.#nameOf };
    await fault?.('committing');
    const { lost, complete } = await database.write(
      (session) => settleAll(session, prepared, context),
      {
        announce: completions.some(isVisible),
      },
    );
    await fault?.('committed');
    this.#chordNews.note(complete);
    return lost;
  }

  async park(parkings: readonly Parking[]): Promise<void> {
    if (parkings.length === 0) return;
    await this.#parts.database.write((session) => parkRows(session, parkings), { announce: true });
    await this.#parts.fault?.('parked');
  }

  async release(tags: readonly string[]): Promise<void> {
    if (tags.length === 0) return;
    await this.#parts.database.write((session) => releaseRows(session, tags), { announce: true });
    await this.#parts.fault?.('released');
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #claimRows(limit: number): Promise<readonly ClaimedRow[]> {
    const { database, leaseId, leaseTimeoutMs, clock, steps, order } = this.#parts;
    // reading needs no lock: idle workers do not stand in the way of busy ones
    const isAny = await database.read(
      (session) => session.all(messageQueries.hasWaiting, [this.#queuesText]).length > 0,
    );
    if (!isAny) return [];
    this.#batch += 1;
    const claimer = { lease: leaseId, batch: this.#batch };
    const overtaken = this.#fairness.plan(limit);
    const claim = { queues: order.queues, steps, limit, overtaken };
    const expiresMs = Math.ceil(clock.now() + leaseTimeoutMs);
    const claimed = await database.write(
      (session) => {
        // no claim without a lease that lives, also if ours was swept away while the machine slept
        session.run(leaseQueries.renewLease, [leaseId, expiresMs]);
        return claimRows(session, claim, claimer);
      },
      { announce: false },
    );
    this.#fairness.note(claimed);
    order.note(new Set(claimed.messages.map(({ queue }) => queue)));
    return claimed.messages;
  }

  /** What a queue is called by people: its own name goes with its consumer. */
  readonly #nameOf = (queue: string): string =>
    this.#parts.own.find((each) => each.queue === queue)?.name ?? queue;

  #wakeLater(): void {
    if (this.#closing) return;
    clearTimeout(this.#wakeTimer);
    this.#wakeTimer = setTimeout(() => this.#parts.options.onWake(), WAKE_AFTER_FAILURE_MS);
  }

  async #close(): Promise<void> {
    const { database, leaseId, keeper, upkeep, own } = this.#parts;
    this.#chordNews.stop();
    this.#stopListening?.();
    clearTimeout(this.#wakeTimer);
    await Promise.all([upkeep.close(), keeper.close()]);
    // best effort: a lease that stays runs out by itself
    await database
      .write(
        (session) => {
          if (own.length > 0) dropOwn(session, leaseId);
          session.run(leaseQueries.endLease, [leaseId]);
        },
        { announce: false },
      )
      .catch(() => {});
  }
}

/** Whether anyone could wait for what it changes. */
function isVisible({ settle, writes, messages, parts }: Completion): boolean {
  const isWritten = writes.length > 0 || (parts !== undefined && parts.length > 0);
  return isWritten || messages.length > 0 || settle.kind === 'requeue';
}
