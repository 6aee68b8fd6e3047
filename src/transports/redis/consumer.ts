import { randomBytes } from 'node:crypto';
import { type RedisShare, unavailable } from '../../drivers/redis/index.ts';
import { summaryOf } from '../../errors.ts';
import { type Claimed, readEntry } from '../../protocol/index.ts';
import { type Millis, soon, systemClock } from '../../util/index.ts';
import type {
  Completion,
  ConsumeOptions,
  Consumer,
  Parking,
  TransportOptions,
} from '../transport.ts';
import { Claimer } from './claimer.ts';
import { Committer } from './committer.ts';
import { dropLease } from './drop-lease.lua.ts';
import { Fanouts } from './fanouts.ts';
import { type Handover, Handovers } from './handovers.ts';
import { type HeldClaim, HeldClaims } from './held-claims.ts';
import type { Layout } from './layout.ts';
import { tellOfLink } from './link-news.ts';
import { Orphans } from './orphans.ts';
import { park } from './park.lua.ts';
import { ParkTimer } from './park-timer.ts';
import { planPark } from './plans.ts';
import { release } from './release.lua.ts';
import { type Renewal, renewalOf } from './renewal.ts';
import { declareQueues } from './routes.ts';
import { Sweeper } from './sweeper.ts';
import { Waker } from './waker.ts';

const CLAIM_MAX = 5_000;

/** What a consumer is told. */
export interface ConsumerParts {
  readonly options: ConsumeOptions;
  readonly transport: TransportOptions;
  readonly layout: Layout;
}

/** Takes messages from the queues of a Redis. Start it before use. */
export class RedisConsumer implements Consumer {
  readonly #share: RedisShare;
  readonly #options: ConsumeOptions;
  readonly #transport: TransportOptions;
  readonly #layout: Layout;
  readonly #prefix = `c8-${randomBytes(6).toString('hex')}`;
  readonly #held = new HeldClaims((numbers) => this.#renewal.readFrom(numbers));
  readonly #renewal: Renewal;
  readonly #waker: Waker;
  readonly #fanouts: Fanouts;
  readonly #sweeper: Sweeper;
  readonly #orphans: Orphans;
  readonly #handovers: Handovers;
  readonly #committer: Committer;
  readonly #parkTimer: ParkTimer;
  readonly #stops: (() => void)[] = [];
  readonly #claimer: Claimer;
  /** By the key of each list that is claimed from. */
  readonly #queueOf: ReadonlyMap<string, string>;
  /** How many claims are under way. */
  #claims = 0;
  /** The last claim left nothing. */
  #isDrained = false;
  /** Once what was claimed has its place: only then it shows how many more could start. */
  readonly #waitSoon = soon(() => this.#handovers.wait());
  /** It has laid something aside. */
  #isParking = false;
  #isClosed = false;
  #place: string | undefined;

  constructor(share: RedisShare, parts: ConsumerParts) {
    const { options, transport, layout } = parts;
    this.#share = share;
    this.#options = options;
    this.#transport = transport;
    this.#layout = layout;
    const { onNotice, nodeName } = options;
    const { visibilityTimeoutMs, leaseTimeoutMs, connectTimeoutMs } = transport;
    const [link, prefix, subscriber] = [share.commands, this.#prefix, share.subscriber];
    this.#fanouts = new Fanouts({
      ...{ link, subscriber, layout, prefix, options, connectTimeoutMs },
      leaseMs: leaseTimeoutMs,
      onMore: () => this.#waker.wake(),
    });
    const queues = [...options.queues, ...this.#fanouts.queues];
    this.#queueOf = new Map(
      queues.flatMap((queue) => layout.listKeys([queue]).map((list) => [list, queue])),
    );
    const { broadcasts } = this.#fanouts;
    this.#renewal = renewalOf({ prefix, broadcasts, numbers: this.#held.numbers }, parts);
    this.#waker = new Waker(share, layout, { ...options, queues });
    this.#orphans = new Orphans(link, layout, prefix);
    const letter = () => ({ at: new Date(this.#now()).toISOString(), worker: nodeName });
    const deadKeyOf = (queue: string) => layout.deadKey(this.#fanouts.nameOf(queue));
    const [waker, orphans] = [this.#waker, this.#orphans];
    this.#claimer = new Claimer({
      ...{ link, layout, prefix, queues, transport },
      ...{ orphans, waker, letter, deadKeyOf, onNotice },
    });
    this.#handovers = new Handovers({
      ...{ link, layout, prefix, subscriber, orphans },
      ...{ queues, leaseMs: leaseTimeoutMs },
      places: () => options.handOver?.startable() ?? 0,
      isClaiming: () => this.#claims > 0,
      reserve: (count) => this.#claimer.reserve(count),
      onArrived: (handover) => void this.#arrived(handover),
      onNotice,
      onMore: () => {
        this.#isDrained = false;
        this.#waker.wake();
      },
    });
    this.#committer = new Committer({
      ...{ link, layout, held: this.#held, letter, deadKeyOf, onNotice },
      onComplete: options.onComplete,
    });
    this.#parkTimer = new ParkTimer(link, layout, prefix);
    this.#sweeper = new Sweeper({
      ...{ link, layout, prefix, visibilityTimeoutMs, nodeName, onNotice },
      graceMs: leaseTimeoutMs,
      now: () => this.#now(),
      onParked: (head) => this.#parkTimer.note(head),
      onSwept: () => void this.#orphans.giveBack().catch(() => {}), // tried again with the next sweep
    });
  }

  get connections(): number {
    const isSubscribing =
      this.#waker.isListening || this.#fanouts.isListening || this.#options.handOver !== undefined;
    return 2 + (isSubscribing ? 1 : 0);
  }

  /** The server that it was begun on, where its claims are renewed. */
  get place(): string | undefined {
    return this.#place;
  }

  /** Called once. @throws BrokerUnavailableError, BrokerRefusedError, BrokerUntrustedError */
  async start(): Promise<void> {
    await this.#share.commands.ready(AbortSignal.timeout(this.#transport.connectTimeoutMs));
    await this.#declare();
    this.#checkOpen();
    this.#followLink();
    await this.#fanouts.start();
    this.#checkOpen();
    this.#beginToTake();
  }

  /** The same for a link that is up, without waiting. */
  startAtOnce(): void {
    this.#declare().catch(() => {}); // as after a reconnection
    this.#followLink();
    this.#fanouts.start().catch((error) => this.#options.onNotice('error', summaryOf(error)));
    this.#beginToTake();
  }

  /** What is begun after the close nobody would end. */
  #checkOpen(): void {
    if (this.#isClosed) throw unavailable(this.#share.commands.address, 'the consumer was closed');
  }

  #followLink(): void {
    const { commands } = this.#share;
    this.#stops.push(
      commands.hold(),
      ...tellOfLink(commands, this.#options),
      commands.onUp.on(() => {
        this.#sweeper.giveGrace();
        this.#fanouts.keep().catch(() => {}); // it is down again, and all is declared when it is up
        this.#declare().catch(() => {}); // the same
      }),
    );
    this.#place = commands.address.shown;
    this.#renewal.start(commands.address);
  }

  #beginToTake(): void {
    this.#waker.start();
    if (this.#options.handOver) this.#handovers.start();
    this.#sweeper.start();
  }

  /** Whether it gave out this tag. */
  owns(tag: string): boolean {
    return tag.startsWith(`${this.#prefix}.`);
  }

  async claim(limit: number): Promise<readonly Claimed[]> {
    if (limit < 1) return [];
    const count = Math.min(limit, CLAIM_MAX);
    this.#claims += 1;
    const { claims, reply, isMoreWaiting } = await this.#claimer.claim(count).finally(() => {
      this.#claims -= 1;
    });
    const claimed = claims.map((claim) => this.#take(claim));
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
    const layout = this.#layout;
    const head = await park(this.#share.commands, { layout, visibilitySeconds, parks });
    this.#isParking = true;
    for (const { tag } of parks) this.#held.remove(tag);
    this.#parkTimer.note(head);
    await this.#transport.fault?.('parked');
  }

  async release(tags: readonly string[]): Promise<void> {
    const claims = tags.flatMap((tag) => this.#held.find(tag) ?? []);
    if (claims.length === 0) return;
    claims.sort((one, other) => one.number - other.number);
    await release(this.#share.commands, { layout: this.#layout, claims });
    for (const { tag } of claims) this.#held.remove(tag);
    await this.#transport.fault?.('released');
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#committer.stop();
    this.#claimer.close();
    await this.#fanouts.stop();
    this.#waker.stop();
    await this.#handovers.halt();
    this.#handovers.stop();
    this.#sweeper.stop();
    this.#parkTimer.stop();
    await this.#renewal.stop();
    await this.#orphans.giveBack().catch(() => {}); // the lease stays then, and others see to it
    if (this.#fanouts.queues.length > 0) await this.#dropBroadcasts();
    if (this.#held.size === 0 && this.#orphans.size === 0) await this.#dropLease();
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Makes sure of the bindings of queues; again after each reconnection, as the server may have lost them. */
  #declare(): Promise<void> {
    return declareQueues(this.#share.commands, this.#layout, this.#options.declare ?? []);
  }

  async #arrived({ first, list, payloads }: Handover): Promise<void> {
    const queue = this.#queueOf.get(list) ?? list;
    const claimed = payloads.map((payload, place) => {
      const number = first + place;
      return this.#take({ tag: `${this.#prefix}.${number}`, number, list, queue, payload });
    });
    if (this.#transport.fault) await this.#transport.fault('claimed');
    this.#options.handOver?.onArrived(claimed);
  }

  /** What this consumer alone could claim goes with it. */
  async #dropBroadcasts(): Promise<void> {
    const claims = this.#held.all();
    await this.#fanouts.drop(claims, this.#isParking);
    const gone = new Set(this.#fanouts.queues);
    for (const { tag, queue } of claims) if (gone.has(queue)) this.#held.remove(tag);
  }

  #take(claim: HeldClaim): Claimed {
    this.#held.add(claim);
    return readEntry(claim);
  }

  async #dropLease(): Promise<void> {
    const { commands } = this.#share;
    if (!commands.isUp) return;
    const seconds = Number.MAX_SAFE_INTEGER;
    const lease = { layout: this.#layout, prefix: this.#prefix, seconds };
    await dropLease(commands, lease).catch(() => {}); // it ends by itself
  }

  #now(): Millis {
    return (this.#transport.clock ?? systemClock).now();
  }
}
