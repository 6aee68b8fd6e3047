import { setImmediate as nextTurn } from 'node:timers/promises';
import { SendTimeoutError } from '../errors.ts';
import type { OutgoingMessage } from '../protocol/index.ts';
import { untilAborted } from '../results/index.ts';
import { isUnsendable, type PublishRetry, type Transport } from '../transports/index.ts';
import {
  AbortWatch,
  createDeferred,
  type Deferred,
  longestTimerMs,
  type Millis,
  redactUrl,
  SharedDeadline,
  UnderWay,
} from '../util/index.ts';

/** What a producer sends through. */
export interface ProducerParts {
  readonly transport: () => Promise<Transport>;
  /** The broker, for errors; its password is not shown. */
  readonly brokerUrl: string;
  readonly deadlineMs: Millis;
  /** What holds for whoever says nothing else. */
  readonly retry?: PublishRetry | undefined;
}

/** A batch of more than this is not added to: it keeps the broker busy, and others waiting. */
const BATCH_MAX = { messages: 1_000, characters: 4_000_000 } as const;

interface Batch {
  readonly messages: OutgoingMessage[];
  senders: number;
  /** Of all bodies. */
  characters: number;
  readonly sent: Deferred<void>;
}

/** What a sender may bring to a send of its own. */
export interface OwnTerms {
  readonly deadlineMs?: Millis | undefined;
  readonly signal?: AbortSignal | undefined;
  /** undefined: until the deadline. */
  readonly retry?: { readonly policy: PublishRetry | undefined } | undefined;
  /** A round trip of its own, however many messages there are. */
  readonly isAlone?: boolean;
}

/** Publishes messages. What is sent in one turn of the event loop travels in one batch. */
export class Producer {
  readonly #parts: ProducerParts;
  readonly #underWay = new UnderWay();
  readonly #aborts = new AbortWatch();
  readonly #deadline: SharedDeadline;
  /** What batches of several senders were refused with. */
  readonly #refusals = new WeakSet<Error>();
  #batch: Batch | undefined;
  #opening: Promise<Transport> | undefined;
  #transport: Transport | undefined;

  constructor(parts: ProducerParts) {
    this.#parts = parts;
    this.#deadline = new SharedDeadline(parts.deadlineMs, () => this.#late(parts.deadlineMs));
  }

  /**
   * Resolves once the broker has all of the messages; it has all or none. Who brings a deadline or a signal of
   * their own, or another policy of retries, gets a batch of their own, since a batch is given up as a whole.
   * @throws SendTimeoutError, or what the transport throws, see `concernsOthers`
   */
  send(messages: readonly OutgoingMessage[], terms: OwnTerms): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    const isAlone = terms.deadlineMs !== undefined || terms.signal || terms.retry || terms.isAlone;
    if (isAlone) return this.#sendAlone(messages, terms);
    const batch = this.#batch ?? this.#openBatch();
    batch.senders += 1;
    for (const message of messages) {
      batch.messages.push(message);
      batch.characters += message.body.length;
    }
    const isFull =
      batch.messages.length >= BATCH_MAX.messages || batch.characters >= BATCH_MAX.characters;
    if (isFull) this.#batch = undefined;
    return batch.sent.promise;
  }

  /**
   * Whether a batch of several senders was refused as one of them brought what cannot be sent. Nothing of it was, so
   * each may send what is theirs anew, alone.
   */
  concernsOthers(error: unknown): boolean {
    return error instanceof Error && this.#refusals.has(error);
  }

  /** Tells all who listen to a fanout exchange; see `Transport.broadcast`. @throws SendTimeoutError */
  broadcast(exchange: string, payload: string): Promise<void> {
    return this.during(() =>
      this.#deadline.run(async (signal) => {
        const transport = await this.#open(this.#parts.transport(), signal);
        await transport.broadcast(exchange, payload, signal);
      }),
    );
  }

  /** Counts as under way what takes its time before it sends, so that whoever closes waits for it. */
  async during(work: () => Promise<void>): Promise<void> {
    this.#underWay.begin();
    try {
      await work();
    } finally {
      this.#underWay.end();
    }
  }

  /** Resolves once nothing is under way any more, sent or not. */
  idle(): Promise<void> {
    return this.#underWay.idle();
  }

  #openBatch(): Batch {
    const batch: Batch = { messages: [], senders: 0, characters: 0, sent: createDeferred<void>() };
    this.#batch = batch;
    this.#underWay.begin();
    // runs after the promise callbacks that are due now, so that their messages come along
    process.nextTick(() => void this.#sendBatch(batch));
    return batch;
  }

  async #sendBatch(batch: Batch): Promise<void> {
    if (this.#batch === batch) this.#batch = undefined;
    try {
      await this.#deadline.run((signal) =>
        this.#publish(batch.messages, signal, this.#parts.retry),
      );
      batch.sent.resolve();
    } catch (error) {
      const isRefused = batch.senders > 1 && isUnsendable(error);
      if (isRefused) this.#refusals.add(error);
      batch.sent.reject(error);
      // they are given time to begin anew before this counts as idle
      if (isRefused) await nextTurn();
    }
    this.#underWay.end();
  }

  async #sendAlone(messages: readonly OutgoingMessage[], terms: OwnTerms): Promise<void> {
    const { deadlineMs: ms = this.#parts.deadlineMs, signal } = terms;
    const retry = terms.retry ? terms.retry.policy : this.#parts.retry;
    signal?.throwIfAborted();
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal?.reason);
    const watchers = signal && this.#aborts.of(signal);
    watchers?.add(onAbort);
    const timer = setTimeout(() => controller.abort(this.#late(ms)), Math.min(ms, longestTimerMs));
    this.#underWay.begin();
    try {
      // waited for even when it is given up: only then is it certain that nothing is delivered later
      await this.#publish(messages, controller.signal, retry);
    } finally {
      clearTimeout(timer);
      watchers?.delete(onAbort);
      this.#underWay.end();
    }
  }

  #publish(
    messages: readonly OutgoingMessage[],
    signal: AbortSignal,
    retry: PublishRetry | undefined,
  ): Promise<void> {
    const opening = this.#parts.transport();
    if (this.#transport && opening === this.#opening) {
      return this.#transport.publish(messages, signal, retry);
    }
    return this.#open(opening, signal).then((transport) =>
      transport.publish(messages, signal, retry),
    );
  }

  async #open(opening: Promise<Transport>, signal: AbortSignal): Promise<Transport> {
    const transport = await untilAborted(opening, signal);
    this.#opening = opening;
    this.#transport = transport;
    return transport;
  }

  #late(ms: Millis): SendTimeoutError {
    const url = redactUrl(this.#parts.brokerUrl);
    return new SendTimeoutError(
      `'${url}' has not confirmed what was sent within ${ms / 1000} s; is the broker up?`,
    );
  }
}
