import { randomBytes } from 'node:crypto';
import { type RedisShare, unavailable } from '../../drivers/redis/index.ts';
import type { Claimed } from '../../protocol/index.ts';
import { type Millis, soon, systemClock } from '../../util/index.ts';
import type {
  Completion,
  ConsumeOptions,
  Consumer,
  Parking,
  TransportOptions,
} from '../transport.ts';
import { type ClaimReply, claim } from './claim.lua.ts';
import { Committer } from './committer.ts';
import { dropLease } from './drop-lease.lua.ts';
import { deadInfo } from './entry.ts';
import { type Handover, Handovers } from './handovers.ts';
import { type HeldClaim, HeldClaims } from './held-claims.ts';
import { queueOf } from './layout.ts';
import { Orphans } from './orphans.ts';
import { park } from './park.lua.ts';
import { ParkTimer } from './park-timer.ts';
import { planPark } from './plans.ts';
import { readClaim } from './read-claim.ts';
import { release } from './release.lua.ts';
import { Renewal } from './renewal.ts';
import { Sweeper } from './sweeper.ts';
import { Waker } from './waker.ts';

/** A server that did not make a claim by then makes it no more: its answer would find nobody. */
const CLAIM_LAPSE_MS: Millis = 15_000;
const CLAIM_MAX = 5_000;
const RENEW_MS: Millis = 5_000;

/** Takes messages from the queues of a Redis. Start it before use. */
export class RedisConsumer implements Consumer {
  readonly #share: RedisShare;
  readonly #options: ConsumeOptions;
  readonly #transport: TransportOptions;
  readonly #prefix = `c8-${randomBytes(6).toString('hex')}`;
  readonly #held = new HeldClaims((numbers) => this.#renewal.readFrom(numbers));
  readonly #renewal: Renewal;
  readonly #waker: Waker;
  readonly #sweeper: Sweeper;
  readonly #orphans: Orphans;
  readonly #handovers: Handovers;
  readonly #committer: Committer;
  readonly #parkTimer: ParkTimer;
  readonly #stops: (() => void)[] = [];
  #queues: readonly string[];
  #next = 1;
  #trouble = '';
  /** How many claims are under way. */
  #claims = 0;
  /** The last claim left nothing. */
  #isDrained = false;
  /** Once what was claimed has its place: only then it shows how many more could start. */
  readonly #waitSoon = soon(() => this.#handovers.wait());
  #isClosed = false;

  constructor(
    share: RedisShare,
    url: string,
    parts: { options: ConsumeOptions; transport: TransportOptions },
  ) {
    const { options, transport } = parts;
    this.#share = share;
    this.#options = options;
    this.#transport = transport;
    this.#queues = options.queues;
    const { onNotice, nodeName } = options;
    const { visibilityTimeoutMs, leaseTimeoutMs, connectTimeoutMs } = transport;
    const [link, prefix] = [share.commands, this.#prefix];
    this.#renewal = new Renewal(
      {
        ...{ url, prefix, connectTimeoutMs, leaseMs: leaseTimeoutMs, numbers: this.#held.numbers },
        everyMs: Math.min(visibilityTimeoutMs / 3, leaseTimeoutMs / 3, RENEW_MS),
      },
      onNotice,
    );
    this.#waker = new Waker(share, options);
    this.#orphans = new Orphans(link, prefix);
    this.#handovers = new Handovers({
      ...{ link, prefix, subscriber: share.subscriber, orphans: this.#orphans },
      ...{ queues: options.queues, leaseMs: leaseTimeoutMs },
      // a claim under way may take the places that there seem to be; it has us wait when it is back
      startable: () => (this.#claims > 0 ? 0 : (options.handOver?.startable() ?? 0)),
      reserve: (count) => this.#reserve(count),
      onArrived: (handover) => void this.#arrived(handover),
      onNotice,
      onMore: () => {
        this.#isDrained = false;
        this.#waker.wake();
      },
    });
    const letter = () => this.#letter();
    this.#committer = new Committer({ link, held: this.#held, letter, onNotice });
    this.#parkTimer = new ParkTimer(link, prefix);
    this.#sweeper = new Sweeper({
      ...{ link, prefix, visibilityTimeoutMs, nodeName, onNotice },
      graceMs: leaseTimeoutMs,
      now: () => this.#now(),
      onParked: (head) => this.#parkTimer.note(head),
      onSwept: () => void this.#orphans.giveBack().catch(() => {}), // tried again with the next sweep
    });
  }

  get connections(): number {
    const isSubscribing = this.#waker.isListening || this.#options.handOver !== undefined;
    return 2 + (isSubscribing ? 1 : 0);
  }

  /** Called once. @throws BrokerUnavailableError, BrokerRefusedError */
  async start(): Promise<void> {
    const { commands } = this.#share;
    const { onNotice } = this.#options;
    await commands.ready(AbortSignal.timeout(this.#transport.connectTimeoutMs));
    this.#stops.push(
      commands.hold(),
      commands.onDown.on((error) => onNotice('warn', `${error.summary}; reconnecting`)),
      commands.onUp.on(() => {
        onNotice('info', `connected to '${commands.address.shown}' again`);
        this.#sweeper.giveGrace();
      }),
    );
    this.#renewal.start();
    this.#waker.start();
    if (this.#options.handOver) this.#handovers.start();
    this.#sweeper.start();
  }

  async claim(limit: number): Promise<readonly Claimed[]> {
    if (limit < 1) return [];
    const count = Math.min(limit, CLAIM_MAX);
    const first = this.#reserve(count);
    this.#claims += 1;
    const { reply, isMoreWaiting } = await this.#claim(first, count).finally(() => {
      this.#claims -= 1;
    });
    const claimed = this.#book(reply, first);
    if (reply.withdrawn !== undefined) this.#handovers.withdrawn(reply.withdrawn);
    this.#waker.note(claimed.length);
    // a list that cannot be read would have us try again and again: the slow poll does
    if (isMoreWaiting && claimed.length < count && !reply.trouble) this.#waker.wake();
    this.#isDrained = claimed.length < count && !isMoreWaiting && !reply.trouble;
    if (this.#isDrained) this.#waitSoon();
    if (claimed.length > 0) await this.#transport.fault?.('claimed');
    return claimed;
  }

  async halt(): Promise<void> {
    await this.#handovers.halt();
  }

  async commit(completions: readonly Completion[]): Promise<readonly string[]> {
    if (completions.length === 0) return [];
    await this.#transport.fault?.('committing');
    if (this.#isDrained) this.#handovers.wait();
    const lost = await this.#committer.commit(completions);
    await this.#transport.fault?.('committed');
    return lost;
  }

  async park(parkings: readonly Parking[]): Promise<void> {
    const parks = parkings.flatMap((parking) => {
      const claim = this.#held.find(parking.tag);
      return claim ? planPark(parking, claim) : [];
    });
    if (parks.length === 0) return;
    const visibilitySeconds = this.#transport.visibilityTimeoutMs / 1000;
    const head = await park(this.#share.commands, { visibilitySeconds, parks });
    for (const { tag } of parks) this.#held.remove(tag);
    this.#parkTimer.note(head);
    await this.#transport.fault?.('parked');
  }

  async release(tags: readonly string[]): Promise<void> {
    const claims = tags.flatMap((tag) => this.#held.find(tag) ?? []);
    if (claims.length === 0) return;
    claims.sort((one, other) => one.number - other.number);
    await release(this.#share.commands, claims);
    for (const { tag } of claims) this.#held.remove(tag);
    await this.#transport.fault?.('released');
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waker.stop();
    await this.#handovers.halt();
    this.#handovers.stop();
    this.#sweeper.stop();
    this.#parkTimer.stop();
    await this.#renewal.stop();
    await this.#orphans.giveBack().catch(() => {}); // the lease stays then, and others see to it
    if (this.#held.size === 0 && this.#orphans.size === 0) await this.#dropLease();
    for (const stop of this.#stops.splice(0)) stop();
  }

  #reserve(count: number): number {
    const first = this.#next;
    this.#next += count;
    return first;
  }

  async #claim(
    first: number,
    limit: number,
  ): Promise<{ reply: ClaimReply; isMoreWaiting: boolean }> {
    const { commands } = this.#share;
    for (;;) {
      if (this.#isClosed) throw unavailable(commands.address, 'the consumer was closed');
      const input = {
        ...{ queues: this.#queues, limit, prefix: this.#prefix, first },
        leaseSeconds: this.#transport.leaseTimeoutMs / 1000,
        deadlineSeconds: (commands.clock.now() + CLAIM_LAPSE_MS) / 1000,
        deadInfo: deadInfo({ reason: 'not a message', ...this.#letter() }, undefined),
      };
      const wasUp = commands.isUp;
      try {
        // the second goes behind the first, in the same write
        const [reply, isMoreWaiting] = await Promise.all([
          claim(commands, input),
          this.#waker.watch(),
        ]);
        if (reply.lateAt === undefined) return { reply, isMoreWaiting };
        commands.clock.note(reply.lateAt * 1000); // its clock was set, or it slept
      } catch (error) {
        const lapsesAt = performance.now() + CLAIM_LAPSE_MS;
        if (wasUp) this.#orphans.add({ first, count: limit, lapsesAt });
        throw error;
      }
    }
  }

  /** Writes down what a claim brought, and has those queues wait their turn that were served. */
  #book(reply: ClaimReply, first: number): Claimed[] {
    const { onNotice } = this.#options;
    if (reply.turnedAway > 0) {
      onNotice('error', `dead-lettered ${reply.turnedAway} entries that are no messages`);
    }
    if (reply.trouble && reply.trouble !== this.#trouble) onNotice('error', reply.trouble);
    this.#trouble = reply.trouble;
    const served = new Set<string>();
    const claimed = reply.messages.map(({ list, queue, payload }, place) => {
      const number = first + place;
      served.add(queue);
      return this.#take({ tag: `${this.#prefix}.${number}`, number, list, queue, payload });
    });
    const waiting = this.#queues.filter((queue) => !served.has(queue));
    this.#queues = [...waiting, ...this.#queues.filter((queue) => served.has(queue))];
    return claimed;
  }

  async #arrived({ first, list, payloads }: Handover): Promise<void> {
    const queue = queueOf(list);
    const claimed = payloads.map((payload, place) => {
      const number = first + place;
      return this.#take({ tag: `${this.#prefix}.${number}`, number, list, queue, payload });
    });
    if (this.#transport.fault) await this.#transport.fault('claimed');
    this.#options.handOver?.onArrived(claimed);
  }

  #take(claim: HeldClaim): Claimed {
    this.#held.add(claim);
    return readClaim(claim);
  }

  async #dropLease(): Promise<void> {
    const { commands } = this.#share;
    if (!commands.isUp) return;
    const seconds = Number.MAX_SAFE_INTEGER;
    await dropLease(commands, { prefix: this.#prefix, seconds }).catch(() => {}); // it ends by itself
  }

  #letter(): { at: string; worker: string } {
    return { at: new Date(this.#now()).toISOString(), worker: this.#options.nodeName };
  }

  #now(): Millis {
    return (this.#transport.clock ?? systemClock).now();
  }
}
