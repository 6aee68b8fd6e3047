import { SendTimeoutError } from '../errors.ts';
import type { OutgoingMessage } from '../protocol/index.ts';
import { untilAborted, withDeadline } from '../results/index.ts';
import type { Transport } from '../transports/index.ts';
import { createDeferred, type Deferred, type Millis, redactUrl } from '../util/index.ts';
import { SharedDeadline } from './shared-deadline.ts';

/** What a producer sends through. */
export interface ProducerParts {
  readonly transport: () => Promise<Transport>;
  /** The broker, for errors; its password is not shown. */
  readonly brokerUrl: string;
  readonly deadlineMs: Millis;
}

/** A batch of more messages than this is not added to. */
const BATCH_MAX = 1_000;

interface Batch {
  readonly messages: OutgoingMessage[];
  readonly sent: Deferred<void>;
}

/** Publishes messages. What is sent in one turn of the event loop travels in one batch. */
export class Producer {
  readonly #parts: ProducerParts;
  readonly #underWay = new Set<Promise<void>>();
  readonly #deadline: SharedDeadline;
  #batch: Batch | undefined;

  constructor(parts: ProducerParts) {
    this.#parts = parts;
    this.#deadline = new SharedDeadline(parts.deadlineMs, () => this.#late(parts.deadlineMs));
  }

  /**
   * Resolves once the broker has all of the messages; it has all or none. Who brings a deadline or a signal of
   * their own gets a batch of their own, since a batch is given up as a whole.
   * @throws SendTimeoutError, or what the transport throws
   */
  send(
    messages: readonly OutgoingMessage[],
    options: {
      readonly deadlineMs?: Millis | undefined;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    if (options.deadlineMs !== undefined || options.signal) {
      return this.#track(this.#publish(messages, options));
    }
    const batch = this.#batch ?? this.#openBatch();
    for (const message of messages) batch.messages.push(message);
    if (batch.messages.length >= BATCH_MAX) this.#batch = undefined;
    return batch.sent.promise;
  }

  /** Resolves once nothing is under way any more, sent or not. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #openBatch(): Batch {
    const batch: Batch = { messages: [], sent: createDeferred<void>() };
    this.#batch = batch;
    void this.#track(batch.sent.promise).catch(() => {}); // whoever sent gets the error
    // runs after the promise callbacks that are due now, so that their messages come along
    process.nextTick(() => {
      if (this.#batch === batch) this.#batch = undefined;
      this.#publish(batch.messages, {}).then(batch.sent.resolve, batch.sent.reject);
    });
    return batch;
  }

  #publish(
    messages: readonly OutgoingMessage[],
    options: {
      readonly deadlineMs?: Millis | undefined;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<void> {
    const { deadlineMs: usual, transport } = this.#parts;
    const work = async (signal: AbortSignal): Promise<void> => {
      const open = await untilAborted(transport(), signal);
      await open.publish(messages, signal);
    };
    if (options.deadlineMs === undefined && !options.signal) return this.#deadline.run(work);
    const ms = options.deadlineMs ?? usual;
    return withDeadline({ ms, onTimeUp: () => this.#late(ms), signal: options.signal }, work);
  }

  #late(ms: Millis): SendTimeoutError {
    const url = redactUrl(this.#parts.brokerUrl);
    return new SendTimeoutError(
      `'${url}' has not confirmed what was sent within ${ms / 1000} s; is the broker up?`,
    );
  }

  #track(work: Promise<void>): Promise<void> {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return tracked;
  }
}
