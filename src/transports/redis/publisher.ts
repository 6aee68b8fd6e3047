import { randomUUID } from 'node:crypto';
import { type RedisLink, replyCodeOf, soon, unavailable } from '../../drivers/redis/index.ts';
import { encodeEnvelope, type OutgoingMessage } from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';
import { listKeyFor } from './layout.ts';
import { type PublishInput, publish } from './publish.lua.ts';

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
/** One script call at most, or other clients would wait too long. */
const BATCH_MAX = { messages: 2_000, characters: 4_000_000 } as const;

/** One call of `publish` on its way. */
interface Job {
  readonly messages: readonly StoredMessage[];
  readonly signal: AbortSignal;
  /** When the server no longer takes it, by our own clock; 0 if it was not sent yet. */
  lapsesAt: Millis;
  readonly settle: (outcome: 'stored' | 'late' | { readonly error: unknown }) => void;
}

/** Puts messages into their lists: all that is published in one turn of the loop in one round trip. */
export class Publisher {
  readonly #link: RedisLink;
  readonly #bound = new Set<string>();
  #jobs: Job[] = [];
  #patienceMs: Millis = PATIENCE_MS.first;
  readonly #flushSoon = soon(() => this.#flush());

  constructor(link: RedisLink) {
    this.#link = link;
    link.onUp.on(() => this.#bound.clear());
  }

  /** See `Transport.publish`. */
  async publish(messages: readonly StoredMessage[], signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#link.ready(signal);
      const outcome = await this.#attempt(messages, signal);
      if (outcome === 'stored') return;
      signal.throwIfAborted(); // late: the server has refused it, so it may be sent again
    }
  }

  /**
   * Sends once. Aborted, it waits until the server would refuse what it may still have before it: a
   * fraction of a second, and only if it was sent just now.
   */
  #attempt(messages: readonly StoredMessage[], signal: AbortSignal): Promise<'stored' | 'late'> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      let waiting: NodeJS.Timeout | undefined;
      const onAbort = (): void => {
        const leftMs = job.lapsesAt - performance.now();
        waiting = setTimeout(() => job.settle({ error: signal.reason }), leftMs);
        if (leftMs <= 0) job.settle({ error: signal.reason });
      };
      const job: Job = {
        messages,
        signal,
        lapsesAt: 0,
        settle(outcome) {
          clearTimeout(waiting);
          signal.removeEventListener('abort', onAbort);
          if (typeof outcome === 'string') resolve(outcome);
          else reject(outcome.error);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#jobs.push(job);
      this.#flushSoon();
    });
  }

  #flush(): void {
    const jobs = this.#jobs.filter(({ signal }) => !signal.aborted);
    this.#jobs = [];
    for (const batch of inBatches(jobs)) void this.#send(batch);
  }

  async #send(jobs: readonly Job[]): Promise<void> {
    const { input, queues } = this.#inputOf(jobs);
    const patienceMs = this.#patienceMs;
    const lapsesAt = performance.now() + patienceMs;
    for (const job of jobs) job.lapsesAt = lapsesAt;
    try {
      const lateAt = await publish(this.#link, input);
      if (lateAt === undefined) this.#noteStored(queues, patienceMs);
      else this.#noteLate(lateAt, patienceMs);
      for (const job of jobs) job.settle(lateAt === undefined ? 'stored' : 'late');
    } catch (error) {
      // nothing was stored: a list that takes none must fail only those who want it
      if (replyCodeOf(error) && jobs.length > 1) for (const job of jobs) void this.#send([job]);
      else for (const job of jobs) job.settle({ error: this.#explain(error) });
    }
  }

  #inputOf(jobs: readonly Job[]): { input: PublishInput; queues: Set<string> } {
    const lists = new Map<string, string[]>();
    const queues = new Set<string>();
    for (const { messages } of jobs) {
      for (const { queue, list, payload } of messages) {
        queues.add(queue);
        const payloads = lists.get(list);
        if (payloads) payloads.push(payload);
        else lists.set(list, [payload]);
      }
    }
    const unbound = [...queues].filter((queue) => !this.#bound.has(queue));
    const deadlineSeconds = (this.#link.clock.now() + this.#patienceMs) / 1000;
    return { input: { deadlineSeconds, lists, unbound }, queues };
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

  #explain(error: unknown): unknown {
    return replyCodeOf(error) ? unavailable(this.#link.address, error) : error;
  }
}

/** Cuts jobs into batches; one that is larger than a batch may be has one of its own. */
function inBatches(jobs: readonly Job[]): Job[][] {
  const batches: Job[][] = [];
  let room = { messages: 0, characters: 0 };
  for (const job of jobs) {
    const messages = job.messages.length;
    const characters = job.messages.reduce((sum, { payload }) => sum + payload.length, 0);
    const batch = batches.at(-1);
    if (batch && messages <= room.messages && characters <= room.characters) batch.push(job);
    else {
      batches.push([job]);
      room = { ...BATCH_MAX };
    }
    room.messages -= messages;
    room.characters -= characters;
  }
  return batches;
}
