import { type RedisLink, unavailable } from '../../drivers/redis/index.ts';
import type { Millis } from '../../util/index.ts';
import { burialNote, burialNotices, type Verdict } from '../burials.ts';
import { Fairness } from '../fairness.ts';
import { QueueOrder } from '../queue-order.ts';
import type { ConsumeOptions, TransportOptions } from '../transport.ts';
import { type ClaimReply, claim } from './claim.lua.ts';
import type { HeldClaim } from './held-claims.ts';
import type { Layout } from './layout.ts';
import type { Orphans } from './orphans.ts';
import type { Waker } from './waker.ts';

/** A server that did not make a claim by then makes it no more: its answer would find nobody. */
const CLAIM_LAPSE_MS: Millis = 15_000;

/** Told of what the script turns away. */
const NO_OBJECT = 'the entry is no message: it is no object of JSON';

/** What a claimer works with. */
export interface ClaimerParts {
  readonly link: RedisLink;
  readonly layout: Layout;
  readonly prefix: string;
  readonly queues: readonly string[];
  readonly transport: TransportOptions;
  readonly orphans: Orphans;
  readonly waker: Waker;
  /** What is noted of a dead letter beside its reason. */
  readonly letter: () => Omit<Verdict, 'reason'>;
  /** The list that a queue's dead letters are kept in. */
  readonly deadKeyOf: (queue: string) => string;
  readonly onNotice: ConsumeOptions['onNotice'];
}

/** What one claim brought. */
export interface ClaimedBatch {
  readonly claims: readonly HeldClaim[];
  readonly reply: ClaimReply;
  /** Whether the lists had something left right after it. */
  readonly isMoreWaiting: boolean;
}

/** Makes claims: which queues first, and under which tags. */
export class Claimer {
  readonly #parts: ClaimerParts;
  readonly #order: QueueOrder;
  readonly #fairness = new Fairness();
  #next = 1;
  #trouble = '';
  #isClosed = false;

  constructor(parts: ClaimerParts) {
    this.#parts = parts;
    this.#order = new QueueOrder(parts.queues, parts.transport.queueOrderStrategy);
  }

  /** Keeps as many numbers for tags. @returns the first */
  reserve(count: number): number {
    const first = this.#next;
    this.#next += count;
    return first;
  }

  /** @throws BrokerUnavailableError, BrokerRefusedError; what may have been claimed all the same is an orphan then */
  async claim(limit: number): Promise<ClaimedBatch> {
    const first = this.reserve(limit);
    const { link, transport, layout, prefix, orphans, waker, letter, deadKeyOf } = this.#parts;
    for (;;) {
      if (this.#isClosed) throw unavailable(link.address, 'the consumer was closed');
      const input = {
        ...{ layout, queues: this.#order.queues, limit, prefix, first, deadKeyOf },
        overtaken: this.#fairness.plan(limit),
        leaseSeconds: transport.leaseTimeoutMs / 1000,
        deadlineSeconds: (link.clock.now() + CLAIM_LAPSE_MS) / 1000,
        deadInfo: burialNote({ reason: NO_OBJECT, ...letter() }, undefined),
      };
      const wasUp = link.isUp;
      try {
        // the second goes behind the first, in the same write
        const [reply, isMoreWaiting] = await Promise.all([claim(link, input), waker.watch()]);
        if (reply.lateAt === undefined) {
          return { claims: this.#book(reply, first), reply, isMoreWaiting };
        }
        link.clock.note(reply.lateAt * 1000); // its clock was set, or it slept
      } catch (error) {
        const lapsesAt = performance.now() + CLAIM_LAPSE_MS;
        if (wasUp) orphans.add({ first, count: limit, lapsesAt });
        throw error;
      }
    }
  }

  /** Makes no claim any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Writes down what a claim brought, and has those queues wait their turn that were served. */
  #book(reply: ClaimReply, first: number): HeldClaim[] {
    const { prefix, onNotice } = this.#parts;
    const turnedAway = reply.turnedAway.map((queue) => ({ queue, reason: NO_OBJECT }));
    for (const notice of burialNotices(turnedAway)) onNotice('error', notice);
    if (reply.trouble && reply.trouble !== this.#trouble) onNotice('error', reply.trouble);
    this.#trouble = reply.trouble;
    this.#fairness.note(reply);
    const served = new Set<string>();
    const claims = reply.messages.map(({ list, queue, payload }, place) => {
      const number = first + place;
      served.add(queue);
      return { tag: `${prefix}.${number}`, number, list, queue, payload };
    });
    this.#order.note(served);
    return claims;
  }
}
