import { randomUUID } from 'node:crypto';
import { type RedisLink, replyCodeOf, unavailable } from '../../drivers/redis/index.ts';
import { BrokerRefusedError } from '../../errors.ts';
import { encodeEnvelope, type OutgoingMessage } from '../../protocol/index.ts';
import { AbortWatch, type Millis, UnderWay } from '../../util/index.ts';
import { listKeyFor } from './layout.ts';
import { type ListMessages, type PublishInput, publish } from './publish.lua.ts';

/** A message as it is stored. */
export interface StoredMessage {
  readonly queue: string;
  readonly list: string;
  readonly payload: string;
}

/** Encodes a message. @throws EncodeError */
export function storedForm(message: OutgoingMessage): StoredMessage {
  const { queue, properties } = message;
  const list = listKeyFor(queue, properties.priority);
  return { queue, list, payload: encodeEnvelope(message, randomUUID()) };
}

/** How long a server may take until it must refuse what it has not stored; doubled when it is slower. */
const PATIENCE_MS = { first: 150, longest: 2_400 } as const;

/** Puts messages into their lists, each call in one round trip; senders join what belongs together. */
export class Publisher {
  readonly #link: RedisLink;
  readonly #aborts = new AbortWatch();
  readonly #underWay = new UnderWay();
  readonly #bound = new Set<string>();
  #patienceMs: Millis = PATIENCE_MS.first;
  /** Whether we may claim for workers that wait; found out by trying. */
  #isHandingOver = true;

  constructor(link: RedisLink) {
    this.#link = link;
    link.onUp.on(() => {
      this.#bound.clear();
      this.#isHandingOver = true;
    });
  }

  /** See `Transport.publish`. @throws EncodeError */
  async publish(messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<void> {
    this.#underWay.begin();
    try {
      const stored = messages.map(storedForm);
      do {
        if (!this.#link.isUp) await this.#link.ready(signal);
        signal.throwIfAborted();
      } while (!(await this.#attempt(stored, signal)));
    } finally {
      this.#underWay.end();
    }
  }

  /** Resolves once nothing is under way; each publish has a deadline of its own. */
  idle(): Promise<void> {
    return this.#underWay.idle();
  }

  /**
   * Sends once. Aborted, it waits until the server would refuse what it may still have before it: a
   * fraction of a second, and only if it was sent just now.
   * @returns whether the messages are stored; if not, they may be sent again.
   */
  #attempt(messages: readonly StoredMessage[], signal: AbortSignal): Promise<boolean> {
    const { input, queues } = this.#inputOf(messages);
    const patienceMs = this.#patienceMs;
    const lapsesAt = performance.now() + patienceMs;
    const watchers = this.#aborts.of(signal);
    return new Promise((resolve, reject) => {
      let waiting: NodeJS.Timeout | undefined;
      const onAbort = (): void => {
        const leftMs = Math.max(0, lapsesAt - performance.now());
        waiting = setTimeout(() => reject(signal.reason), leftMs);
      };
      const settle = (): void => {
        clearTimeout(waiting);
        watchers.delete(onAbort);
      };
      watchers.add(onAbort);
      publish(this.#link, input).then(
        (lateAt) => {
          settle();
          if (lateAt === undefined) this.#noteStored(queues, patienceMs);
          else this.#noteLate(lateAt, patienceMs);
          resolve(lateAt === undefined);
        },
        (error: unknown) => {
          settle();
          if (input.isHandingOver && this.#needsLess(error)) resolve(false);
          else reject(replyCodeOf(error) ? unavailable(this.#link.address, error) : error);
        },
      );
    });
  }

  /** A user that may use nothing but queues, or an old server, is sent a script that does just that. */
  #needsLess(error: unknown): boolean {
    const isTooMuch = error instanceof BrokerRefusedError || isUnknownCommand(error);
    if (isTooMuch) this.#isHandingOver = false;
    return isTooMuch;
  }

  #inputOf(messages: readonly StoredMessage[]): { input: PublishInput; queues: Set<string> } {
    const byList = new Map<string, ListMessages & { readonly payloads: string[] }>();
    const queues = new Set<string>();
    for (const { queue, list, payload } of messages) {
      queues.add(queue);
      const known = byList.get(list);
      if (known) known.payloads.push(payload);
      else byList.set(list, { list, queue, payloads: [payload] });
    }
    const lists = [...byList.values()];
    const unbound = [...queues].filter((queue) => !this.#bound.has(queue));
    const deadlineSeconds = (this.#link.clock.now() + this.#patienceMs) / 1000;
    const isHandingOver = this.#isHandingOver;
    return { input: { deadlineSeconds, lists, unbound, isHandingOver }, queues };
  }

  #noteStored(queues: ReadonlySet<string>, patienceMs: Millis): void {
    for (const queue of queues) this.#bound.add(queue);
    this.#patienceMs = Math.max(PATIENCE_MS.first, patienceMs * 0.9);
  }

  /** The server refused what came too late: its clock was another than we thought, or it is slow. */
  #noteLate(lateAt: number, patienceMs: Millis): void {
    this.#link.clock.note(lateAt * 1000);
    this.#patienceMs = Math.min(patienceMs * 2, PATIENCE_MS.longest);
  }
}

function isUnknownCommand(error: unknown): boolean {
  return replyCodeOf(error) === 'ERR' && /unknown redis command/i.test(String(error));
}
