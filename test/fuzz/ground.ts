import {
  addMemoryStore,
  dropMemoryStore,
  type MemoryStore,
} from '../../src/drivers/memory/index.ts';
import { VirtualTime } from '../../src/testing/virtual-time.ts';
import type { Consumer } from '../../src/transports/index.ts';
import { type Broker, brokerOf } from '../../src/transports/memory/broker.ts';
import type { Millis, Time } from '../../src/util/index.ts';

/** A claim, as the broker has it in its record. */
export interface ClaimOnRecord {
  readonly tag: string;
  readonly payload: string;
}

/** The broker below a rig, seen from behind. A payload has a character per byte, or is the text that it is in memory. */
export interface Ground {
  /** Of broker and results. */
  readonly url: string;
  readonly time: Time;
  /** How far the time is moved, one after the other, until all is over; each may bring back what waits. */
  readonly stepsMs: readonly Millis[];
  /** The payload of an entry's text. */
  payloadOf(text: string): string;
  /** What a worker reads of a payload. */
  textOf(payload: string): string;
  /** Puts payloads into a queue. */
  push(queue: string, payloads: readonly string[]): Promise<void>;
  /** Passes a consumer on that tells of its claims. */
  around(consumer: Consumer, onClaimed: (claims: readonly ClaimOnRecord[]) => void): Consumer;
  moveBy(ms: Millis): void;
  /** How many messages wait. */
  size(): Promise<number>;
  /** The payloads of all dead letters since it was opened. */
  dead(): Promise<readonly string[]>;
  /** The payloads of all claims on record, which are forgotten then, as is all that waits. */
  clear(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** When it is, for whoever works on memory. */
const NOW_MS = Date.UTC(2026, 0, 1);

/** A store in memory, whose time stands still but when it is moved. */
export class MemoryGround implements Ground {
  readonly url: string;
  readonly time = new VirtualTime(NOW_MS);
  /** The second and the third bring back what was put off, for a task that nobody knows. */
  readonly stepsMs = [0, 2_000, 60_000, 2_000];
  readonly #store: MemoryStore;
  readonly #broker: Broker;
  readonly #queues: readonly string[];

  constructor(name: string, queues: readonly string[]) {
    this.#store = addMemoryStore(name, this.time);
    this.#broker = brokerOf(this.#store);
    this.#queues = queues;
    this.url = this.#store.url;
  }

  payloadOf(text: string): string {
    return text;
  }

  textOf(payload: string): string {
    return payload;
  }

  async push(queue: string, payloads: readonly string[]): Promise<void> {
    this.#broker.publish(
      payloads.map((payload) => ({ queue, step: 0, payload, route: undefined })),
    );
  }

  around(consumer: Consumer, onClaimed: (claims: readonly ClaimOnRecord[]) => void): Consumer {
    const claim = this.#broker.claim.bind(this.#broker);
    this.#broker.claim = (...given) => {
      const taken = claim(...given);
      onClaimed(taken.messages);
      return taken;
    };
    return consumer;
  }

  moveBy(ms: Millis): void {
    this.time.moveTo(this.time.now() + ms);
  }

  async size(): Promise<number> {
    return this.#queues.reduce((sum, queue) => sum + this.#broker.sizeOf(queue), 0);
  }

  async dead(): Promise<readonly string[]> {
    return this.#queues.flatMap((queue) =>
      this.#broker.deadLetters.of(queue).map(({ payload }) => payload),
    );
  }

  async clear(): Promise<readonly string[]> {
    for (const queue of this.#broker.queues) this.#broker.purge(queue);
    return [];
  }

  async close(): Promise<void> {
    dropMemoryStore(this.#store);
  }
}
