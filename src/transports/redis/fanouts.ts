import { type RedisLink, type RedisSubscriber, unavailable } from '../../drivers/redis/index.ts';
import { BrokerUnavailableError, summaryOf } from '../../errors.ts';
import { parseEnvelope, type QueueSpec } from '../../protocol/index.ts';
import { createDeferred, type Millis, soon } from '../../util/index.ts';
import type { ConsumeOptions } from '../transport.ts';
import { endBroadcast, newBroadcastQueue } from './broadcasts.ts';
import { fanIn, SEEN_SECONDS } from './fan-in.lua.ts';
import { Heard, type HeardMessage } from './heard.ts';
import { type BroadcastQueue, broadcastTtl, keepBroadcast } from './keep-broadcast.lua.ts';
import type { Layout } from './layout.ts';

/** For longer the server does not surely know that another consumer has put a message into a shared queue. */
const SHARED_AGE_MS: Millis = (SEEN_SECONDS - 10) * 1000;

/** What fanouts are put together from. */
export interface FanoutParts {
  readonly link: RedisLink;
  readonly subscriber: RedisSubscriber;
  readonly layout: Layout;
  readonly prefix: string;
  readonly options: Pick<ConsumeOptions, 'queues' | 'declare' | 'onNotice'>;
  readonly leaseMs: Millis;
  readonly connectTimeoutMs: Millis;
  /** Called when there is something to claim. */
  readonly onMore: () => void;
}

/**
 * What this consumer gets from fanout exchanges. A Redis tells it to those who listen at that moment, and keeps
 * nothing; so what is heard is put into a queue at once, and is claimed from there like anything else. A broadcast
 * queue is this consumer's own; another bound to a fanout exchange is shared, and gets one copy.
 */
export class Fanouts {
  readonly #parts: FanoutParts;
  /** The consumer's own queues, with their names to people. */
  readonly #own: ReadonlyMap<string, { readonly broadcast: BroadcastQueue; readonly name: string }>;
  readonly #queuesOf = new Map<string, Set<string>>();
  readonly #stops: (() => void)[] = [];
  readonly #heard = new Heard();
  #putting: Promise<void> | undefined;
  #isStopped = false;
  readonly #putSoon = soon(() => void this.#put());

  constructor(parts: FanoutParts) {
    this.#parts = parts;
    const { layout, prefix, options } = parts;
    const { queues, declare = [] } = options;
    const own = declare
      .filter((spec) => spec.isBroadcast)
      .map((spec) => {
        const broadcast = newBroadcastQueue(layout, prefix, spec);
        this.#bind(spec, broadcast.queue);
        return [broadcast.queue, { broadcast, name: spec.name }] as const;
      });
    this.#own = new Map(own);
    const shared = declare.filter(({ name, isBroadcast }) => !isBroadcast && queues.includes(name));
    for (const spec of shared) this.#bind(spec, spec.name);
  }

  /** The consumer's own queues, to be claimed from. */
  get queues(): readonly string[] {
    return [...this.#own.keys()];
  }

  /** For the thread that keeps them. */
  get broadcasts(): readonly BroadcastQueue[] {
    return [...this.#own.values()].map(({ broadcast }) => broadcast);
  }

  /** Whether it listens to anything. */
  get isListening(): boolean {
    return this.#queuesOf.size > 0;
  }

  /** What a queue is called by people: its own name goes with its consumer. */
  nameOf(queue: string): string {
    return this.#own.get(queue)?.name ?? queue;
  }

  /**
   * Resolves once it hears all that is published, or was stopped. It listens from now on, whatever becomes of this.
   * @throws BrokerUnavailableError, BrokerRefusedError
   */
  async start(): Promise<void> {
    if (!this.isListening || this.#isStopped) return;
    const { link, subscriber } = this.#parts;
    this.#stops.push(
      subscriber.link.onPatternMessage.on(({ pattern, text }) => this.#hear(pattern, text)),
      link.onUp.on(() => this.#putSoon()),
    );
    subscriber.hold();
    const subscribed = this.#subscribed();
    for (const pattern of this.#queuesOf.keys()) subscriber.listenToPattern(pattern);
    await Promise.all([subscribed, this.#keepAtLast()]);
  }

  /** Makes the consumer's own queues known, again after the server may have lost them. */
  async keep(): Promise<void> {
    const { link, layout, leaseMs } = this.#parts;
    const leaseSeconds = leaseMs / 1000;
    await Promise.all(
      this.broadcasts.map((broadcast) => keepBroadcast(link, { layout, broadcast, leaseSeconds })),
    );
  }

  /** Makes them known, once more if the connection breaks over it. */
  async #keepAtLast(): Promise<void> {
    const { link, connectTimeoutMs } = this.#parts;
    try {
      await this.keep();
    } catch (error) {
      if (!(error instanceof BrokerUnavailableError)) throw error;
      await link.ready(AbortSignal.timeout(connectTimeoutMs));
      await this.keep();
    }
  }

  /** Hears nothing any more, and puts what it has heard for others too into its queues. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (this.#stops.length === 0) return;
    for (const stop of this.#stops.splice(0)) stop();
    const { subscriber } = this.#parts;
    for (const pattern of this.#queuesOf.keys()) subscriber.unlistenToPattern(pattern);
    subscriber.letGo();
    this.#heard.keepOnly(({ queue }) => !this.#own.has(queue));
    await this.#put();
  }

  /**
   * Removes the consumer's own queues, after it was stopped.
   * @param claims - what it holds, of any queue. @param isParking - whether it has laid something aside.
   */
  async drop(
    claims: readonly { readonly tag: string; readonly queue: string }[],
    isParking: boolean,
  ): Promise<void> {
    const { link, layout } = this.#parts;
    if (!link.isUp) return; // others sweep them up
    const drops = this.broadcasts.map((broadcast) => {
      const own = claims.filter(({ queue }) => queue === broadcast.queue);
      return endBroadcast(link, layout, { broadcast, isParking, tags: own.map(({ tag }) => tag) });
    });
    await Promise.all(drops).catch(() => {}); // the same
  }

  #bind(spec: QueueSpec, queue: string): void {
    for (const { exchange, routingKey } of spec.bindings) {
      if (exchange.type !== 'fanout') continue;
      for (const pattern of this.#parts.layout.patternsOf(exchange.name, routingKey)) {
        const queues = this.#queuesOf.get(pattern) ?? new Set();
        this.#queuesOf.set(pattern, queues.add(queue));
      }
    }
  }

  /** Resolves once all patterns are subscribed to. Later refusals, after a reconnection, are told. */
  async #subscribed(): Promise<void> {
    const { subscriber, connectTimeoutMs, options } = this.#parts;
    const missing = new Set(this.#queuesOf.keys());
    const { promise, resolve, reject } = createDeferred<void>();
    this.#stops.push(
      subscriber.onSubscribed.on((names) => {
        for (const name of names) missing.delete(name);
        if (missing.size === 0) resolve();
      }),
      subscriber.onRefused.on(({ channels, error }) => {
        const [refused] = channels.filter((name) => this.#queuesOf.has(name));
        if (refused === undefined) return;
        if (missing.size === 0) {
          options.onNotice('error', `cannot listen to '${refused}': ${summaryOf(error)}`);
        }
        reject(error);
      }),
      resolve, // stopped
    );
    const late = (): void => reject(unavailable(subscriber.link.address, 'it lets nobody listen'));
    const timer = setTimeout(late, connectTimeoutMs);
    await promise.finally(() => clearTimeout(timer));
  }

  #hear(pattern: string, payload: string): void {
    const atMs = performance.now();
    for (const queue of this.#queuesOf.get(pattern) ?? []) {
      const excess = this.#heard.add({ queue, payload, atMs });
      if (excess > 0) this.#drop(excess, 'the server does not take them');
    }
    this.#putSoon();
  }

  /** Puts what was heard into its queues; what the server does not take now waits until it is back. */
  #put(): Promise<void> {
    this.#putting ??= this.#putAll().finally(() => {
      this.#putting = undefined;
    });
    return this.#putting;
  }

  async #putAll(): Promise<void> {
    while (this.#parts.link.isUp) {
      this.#dropOld();
      const some = this.#heard.take();
      const [first] = some;
      if (!first) return;
      try {
        await this.#fanIn(first.queue, some);
      } catch (error) {
        if (error instanceof BrokerUnavailableError) {
          this.#heard.putBack(some); // put in when the connection is up again
          return;
        }
        this.#drop(some.length, summaryOf(error));
      }
    }
  }

  /** What waited so long that a shared queue might get it twice: others have put it in meanwhile. */
  #dropOld(): void {
    const oldMs = performance.now() - SHARED_AGE_MS;
    const old = this.#heard.keepOnly(({ queue, atMs }) => atMs >= oldMs || this.#own.has(queue));
    if (old > 0) this.#drop(old, 'the server did not take them for too long');
  }

  #drop(count: number, reason: string): void {
    const what = count === 1 ? '1 broadcast message' : `${count} broadcast messages`;
    this.#parts.options.onNotice('error', `dropped ${what}: ${reason}`);
  }

  async #fanIn(queue: string, some: readonly HeardMessage[]): Promise<void> {
    const { link, layout, leaseMs, onMore } = this.#parts;
    const messages = some.map(({ payload }) => {
      const envelope = parseEnvelope(payload);
      const priority = envelope.ok ? envelope.properties['priority'] : 0;
      return { list: layout.listKeyFor(queue, priority), payload };
    });
    const ttlSeconds = this.#own.has(queue) ? broadcastTtl(leaseMs / 1000) : 0;
    await fanIn(link, { layout, queue, ttlSeconds, messages });
    onMore();
  }
}
