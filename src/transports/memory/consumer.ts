import type { Claimed } from '../../protocol/index.ts';
import { parseEnvelope } from '../../protocol/index.ts';
import { type Millis, soon } from '../../util/index.ts';
import type {
  Completion,
  ConsumeOptions,
  Consumer,
  Parking,
  TransportOptions,
} from '../transport.ts';
import type { Broker, ClaimedMessage, Lease } from './broker.ts';
import { STEPS, toStored } from './stored.ts';

/** What a consumer is put together from. */
export interface MemoryConsumerParts {
  readonly broker: Broker;
  readonly options: ConsumeOptions;
  readonly leaseTimeoutMs: Millis;
  readonly fault: TransportOptions['fault'];
}

/**
 * Claims messages of the process that it lives in. Its lease needs no renewal: as long as there is a process,
 * nobody but the consumer's owner can end it.
 */
export class MemoryConsumer implements Consumer {
  readonly connections = 0;
  readonly #parts: MemoryConsumerParts;
  readonly #lease: Lease = { expiresMs: Number.POSITIVE_INFINITY };
  readonly #unsubscribe: () => void;
  #isClosed = false;

  constructor(parts: MemoryConsumerParts) {
    const { broker, options } = parts;
    this.#parts = parts;
    const wake = soon(() => {
      if (!this.#isClosed) options.onWake();
    });
    const { nodeName, onNotice: notice } = options;
    this.#unsubscribe = broker.subscribe({ nodeName, wake, notice });
  }

  async claim(limit: number): Promise<readonly Claimed[]> {
    if (this.#isClosed || limit <= 0) return [];
    const { broker, options, fault } = this.#parts;
    const claimed = broker.claim(this.#lease, { queues: options.queues, steps: STEPS, limit });
    await fault?.('claimed');
    return claimed.map(toClaimed);
  }

  /** Nothing is ever handed over: who is woken claims as fast. */
  async halt(): Promise<void> {}

  async commit(completions: readonly Completion[]): Promise<readonly string[]> {
    const { broker, options, fault } = this.#parts;
    const prepared = completions.map(({ messages, ...rest }) => {
      return { ...rest, messages: messages.map(toStored) };
    });
    await fault?.('committing');
    const lost = broker.commit(prepared, options.nodeName);
    await fault?.('committed');
    return lost;
  }

  async park(parkings: readonly Parking[]): Promise<void> {
    this.#parts.broker.park(parkings);
    await this.#parts.fault?.('parked');
  }

  async release(tags: readonly string[]): Promise<void> {
    this.#parts.broker.release(tags);
    await this.#parts.fault?.('released');
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unsubscribe();
    this.#parts.broker.end(this.#lease, this.#parts.leaseTimeoutMs);
  }
}

function toClaimed({ tag, queue, payload }: ClaimedMessage): Claimed {
  const envelope = parseEnvelope(payload);
  if (!envelope.ok) return { kind: 'malformed', tag, queue, reason: envelope.reason };
  const { ok: _ok, ...parts } = envelope;
  return { kind: 'message', delivery: { tag, queue, ...parts } };
}
