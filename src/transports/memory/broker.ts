import type { MemoryStore } from '../../drivers/memory/index.ts';
import { BrokerUnavailableError } from '../../errors.ts';
import { type CompleteChord, countDelivery, spliceHeaders } from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';
import type { Committed } from '../chord-news.ts';
import type { OwnQueue } from '../own-queues.ts';
import { type ClaimOrder, type TakenInOrder, takeInOrder } from '../take-in-order.ts';
import type { Completion, ConsumeOptions, Parking, Settle } from '../transport.ts';
import { insteadOf, isUnsendable } from '../unsent.ts';
import { Exchanges } from './exchanges.ts';
import { Graveyard } from './graveyard.ts';
import { ParkedMessages } from './parked.ts';
import { Queues, type StoredMessage } from './queues.ts';
import type { PreparedMessage } from './stored.ts';

/** One consumer's hold on its claims: it lives until so long after the consumer was closed. */
export interface Lease {
  expiresMs: Millis;
  /** Queues that go with the consumer. */
  readonly own: readonly OwnQueue[];
}

/** Whom a broker tells. */
export interface Subscriber {
  /** Something may be claimed. */
  readonly wake: () => void;
  readonly notice: ConsumeOptions['onNotice'];
}

/** One message as it was claimed. */
export interface ClaimedMessage extends StoredMessage {
  readonly tag: string;
}

/** A completion with its messages encoded, so that nothing can fail half-way. */
export interface PreparedCompletion extends Omit<Completion, 'messages' | 'instead'> {
  readonly messages: readonly PreparedMessage[];
  readonly instead?: ((error: Error) => PreparedCompletion) | undefined;
}

interface Held {
  readonly number: number;
  readonly lease: Lease;
  readonly message: StoredMessage;
}

/** What dead letters need to know. */
type SettleContext = Pick<ConsumeOptions, 'nodeName' | 'onNotice'> & Pick<Lease, 'own'>;

/** With so many waiting in one process a sender is refused. What follows a finished task is not: it must get through. */
export const MESSAGES_MAX = 1_000_000;

/** The queues of one store: what waits, what is claimed and by whom, what is laid aside, and the dead letters. */
export class Broker {
  readonly deadLetters: Graveyard;
  readonly exchanges = new Exchanges();
  readonly #store: MemoryStore;
  readonly #queues = new Queues();
  readonly #parked = new ParkedMessages();
  readonly #held = new Map<string, Held>();
  readonly #subscribers = new Set<Subscriber>();
  readonly #ending = new Set<Lease>();
  #claims = 0;
  #disarm: () => void = () => {};

  constructor(store: MemoryStore) {
    this.#store = store;
    this.deadLetters = new Graveyard(store.time);
  }

  /** From now on the subscriber is told; what is overdue is made claimable first. @returns what ends that. */
  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    this.#sweep();
    return () => {
      this.#subscribers.delete(subscriber);
      this.#arm();
    };
  }

  /**
   * Puts messages into their queues, all or none.
   * @throws MessageUnroutableError, BrokerUnavailableError if there are too many
   */
  publish(prepared: readonly PreparedMessage[]): void {
    const messages = this.#place(prepared);
    if (this.#queues.size + this.#parked.size + messages.length > MESSAGES_MAX) {
      const reason = `its queues are full with ${MESSAGES_MAX} messages; does a worker run in this process?`;
      throw new BrokerUnavailableError(this.#store.url, reason);
    }
    this.#queues.push(messages);
    this.#wakeAll();
  }

  /** Puts dead letters back, at the tails of their queues. */
  redrive(messages: readonly StoredMessage[]): void {
    this.#queues.push(messages);
    this.#wakeAll();
  }

  sizeOf(queue: string): number {
    return this.#queues.sizeOf(queue);
  }

  purge(queue: string): number {
    return this.#queues.purge(queue);
  }

  claim(lease: Lease, order: ClaimOrder): TakenInOrder<ClaimedMessage> {
    const taken = takeInOrder(order, this.#queues);
    const messages = taken.messages.map((message) => {
      this.#claims += 1;
      const tag = `m${this.#claims}`;
      this.#held.set(tag, { number: this.#claims, lease, message });
      return { ...message, tag };
    });
    return { ...taken, messages };
  }

  /** Applies completions in order, each whole. */
  commit(completions: readonly PreparedCompletion[], context: SettleContext): Committed {
    const lost: string[] = [];
    const complete: CompleteChord[] = [];
    const { results, chords } = this.#store;
    for (const completion of completions) {
      const placed = this.#placeNext(completion, context.onNotice);
      const { tag, settle, writes, messages, openings, parts } = placed;
      if (!this.#settle(tag, settle, context)) {
        lost.push(tag);
        const isFiring = settle.kind === 'fire';
        results.store(writes.filter(({ finality }) => finality !== 'open' && !isFiring));
        continue;
      }
      if (openings) chords.open(openings);
      if (parts) complete.push(...chords.count(parts));
      results.store(writes);
      this.#queues.push(messages);
    }
    this.#wakeAll();
    return { lost, complete };
  }

  /** Lays claims aside; those that were lost stay where they are. */
  park(parkings: readonly Parking[]): void {
    for (const { tag, dueMs, headers } of parkings) {
      const message = this.#take(tag)?.message;
      if (!message) continue;
      const payload = headers ? spliceHeaders(message.payload, headers) : message.payload;
      this.#parked.add({ ...message, payload }, dueMs);
    }
    this.#arm();
  }

  /** Puts claims back to the heads of their queues, the first claimed first. */
  release(tags: readonly string[]): void {
    const held = tags.flatMap((tag) => this.#take(tag) ?? []);
    this.#putBack(held.toSorted((a, b) => a.number - b.number).map(({ message }) => message));
  }

  /** Binds the queues that a consumer has of its own. */
  begin(lease: Lease): void {
    for (const { bindings } of lease.own) this.exchanges.bind(bindings);
  }

  /** The claims of a lease are others' after this; its own queues go at once, with all that is in them. */
  end(lease: Lease, afterMs: Millis): void {
    if (lease.own.length > 0) this.#dropOwn(lease.own);
    if (![...this.#held.values()].some((held) => held.lease === lease)) return;
    lease.expiresMs = this.#store.time.now() + afterMs;
    this.#ending.add(lease);
    this.#arm();
  }

  #place(messages: readonly PreparedMessage[]): readonly StoredMessage[] {
    if (messages.every(({ route }) => route === undefined)) return messages;
    // before any is looked up: bindings of one are there for all
    for (const { route } of messages) if (route) this.exchanges.declare(route.declare);
    return messages.flatMap(({ route, queue, step, payload }) => {
      const queues = route ? this.exchanges.queuesFor(route) : [queue];
      return queues.map((each) => ({ queue: each, step, payload }));
    });
  }

  /** A message that has no queue to go to, now or later, makes the task a dead letter. */
  #placeNext(
    completion: PreparedCompletion,
    onNotice: ConsumeOptions['onNotice'],
  ): Omit<PreparedCompletion, 'messages'> & { readonly messages: readonly StoredMessage[] } {
    try {
      return { ...completion, messages: this.#place(completion.messages) };
    } catch (error) {
      if (!isUnsendable(error)) throw error;
      const bare = { ...completion, messages: [] };
      return this.#placeNext(insteadOf<PreparedCompletion>(bare, error, onNotice), onNotice);
    }
  }

  /** Every queue that something is in, or comes from, or is bound. */
  get queues(): readonly string[] {
    const held = [...this.#held.values()].map(({ message }) => message.queue);
    const all = [...this.#queues.names, ...held, ...this.#parked.queues, ...this.exchanges.queues];
    return [...new Set(all)];
  }

  #dropOwn(own: readonly OwnQueue[]): void {
    const queues = new Set(own.map(({ queue }) => queue));
    for (const { queue, bindings } of own) {
      this.exchanges.unbind(bindings);
      this.#queues.purge(queue);
    }
    this.#parked.drop(queues);
    for (const [tag, { message }] of this.#held) {
      if (queues.has(message.queue)) this.#held.delete(tag);
    }
  }

  /** @returns whether the claim was held, or none was needed. */
  #settle(tag: string, settle: Settle, { nodeName, own }: SettleContext): boolean {
    if (settle.kind === 'fire') {
      return this.#store.chords.end(settle.chord, settle.isFailed ?? false);
    }
    const held = this.#take(tag);
    if (!held) return settle.kind === 'kept';
    if (settle.kind === 'requeue') this.#queues.push([held.message]);
    if (settle.kind === 'dead-letter') {
      const { queue } = held.message;
      const name = own.find((each) => each.queue === queue)?.name ?? queue;
      this.deadLetters.add({ ...held.message, queue: name }, settle.reason, nodeName);
    }
    return true;
  }

  #take(tag: string): Held | undefined {
    const held = this.#held.get(tag);
    this.#held.delete(tag);
    return held;
  }

  #putBack(messages: readonly StoredMessage[]): void {
    if (messages.length === 0) return;
    this.#queues.unshift(messages);
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const { wake } of this.#subscribers) wake();
  }

  /** Makes claimable what is due, and what lost workers held; one of the others says so. */
  #sweep(): void {
    const nowMs = this.#store.time.now();
    const lost: StoredMessage[] = [];
    for (const lease of this.#ending) {
      if (lease.expiresMs > nowMs) continue;
      this.#ending.delete(lease);
      lost.push(...this.#heldUnder(lease));
    }
    this.#putBack(lost);
    this.#putBack(this.#parked.takeDue(nowMs));
    if (lost.length > 0) {
      const [sweeper] = this.#subscribers;
      const messages = lost.length === 1 ? '1 message' : `${lost.length} messages`;
      sweeper?.notice('warn', `put back ${messages} of a lost worker`);
    }
    this.#arm();
  }

  /** What a lost worker held, its deliveries counted up, in the order of its claims. */
  #heldUnder(lease: Lease): StoredMessage[] {
    const messages: StoredMessage[] = [];
    for (const [tag, held] of this.#held) {
      if (held.lease !== lease) continue;
      this.#held.delete(tag);
      const { message } = held;
      messages.push({ ...message, payload: countDelivery(message.payload) ?? message.payload });
    }
    return messages;
  }

  /** Waits for the next thing that becomes due, as long as anybody could claim it. */
  #arm(): void {
    this.#disarm();
    this.#disarm = () => {};
    if (this.#subscribers.size === 0) return;
    const ends = [...this.#ending].map(({ expiresMs }) => expiresMs);
    const nextMs = Math.min(this.#parked.nextMs ?? Number.POSITIVE_INFINITY, ...ends);
    if (nextMs === Number.POSITIVE_INFINITY) return;
    const { time } = this.#store;
    this.#disarm = time.after(nextMs - time.now(), () => this.#sweep());
  }
}

const brokers = new WeakMap<MemoryStore, Broker>();

/** The broker that all clients of a store share. */
export function brokerOf(store: MemoryStore): Broker {
  const broker = brokers.get(store) ?? new Broker(store);
  brokers.set(store, broker);
  return broker;
}
