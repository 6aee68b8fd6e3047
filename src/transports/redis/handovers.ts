import { isReplyError, type RedisLink, type RedisSubscriber } from '../../drivers/redis/index.ts';
import { BrokerRefusedError, summaryOf } from '../../errors.ts';
import type { Millis } from '../../util/index.ts';
import type { ConsumeOptions } from '../transport.ts';
import { firstAwaited, type Layout } from './layout.ts';
import type { Orphans } from './orphans.ts';
import { wait, waitKeys } from './wait.lua.ts';

/** More are not waited for at a time: what is handed over together must fit into one call. */
const COUNT_MAX = 1_000;
const HALT_MS: Millis = 1_000;

/** Messages that were claimed for us while we waited; the n-th has the number `first + n` in its tag. */
export interface Handover {
  readonly first: number;
  readonly list: string;
  readonly payloads: readonly string[];
}

/** Tags kept for what may be handed over, and until when it may, by our own clock. */
interface Awaited {
  readonly count: number;
  readonly lapsesAt: Millis;
}

/** What handovers are put together from. */
export interface HandoverParts {
  readonly link: RedisLink;
  readonly subscriber: RedisSubscriber;
  readonly layout: Layout;
  readonly prefix: string;
  readonly queues: readonly string[];
  /** How long others know that we wait; they are told again after half of that. */
  readonly leaseMs: Millis;
  readonly orphans: Orphans;
  /** How many messages could start at once. */
  readonly places: () => number;
  /** Whether a claim is under way. */
  readonly isClaiming: () => boolean;
  /** Keeps as many numbers for tags. @returns the first */
  readonly reserve: (count: number) => number;
  /** Called with what was waited for. */
  readonly onArrived: (handover: Handover) => void;
  /** Called when a claim would find something. */
  readonly onMore: () => void;
  readonly onNotice: ConsumeOptions['onNotice'];
}

/**
 * What this consumer waits to be handed over. Once the queues are empty it enters itself among those that wait;
 * whoever publishes next claims for it, and sends it the messages over the subscriber's connection. What may have
 * been lost on that way is looked for as the claims of an unanswered call are.
 */
export class Handovers {
  readonly #parts: HandoverParts;
  readonly #channel: string;
  readonly #keys: readonly string[];
  /** Each time that we began to wait and that is not over, by the first number that has not come. */
  readonly #awaited = new Map<number, Awaited>();
  readonly #stops: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isListening = false;
  #isHalted = false;

  constructor(parts: HandoverParts) {
    this.#parts = parts;
    this.#channel = parts.layout.readyKey(parts.prefix);
    this.#keys = waitKeys(parts.layout, parts.prefix, parts.queues);
  }

  start(): void {
    const { subscriber, orphans } = this.#parts;
    this.#stops.push(
      subscriber.onSubscribed.on((channels) => {
        if (!channels.includes(this.#channel)) return;
        this.#isListening = true;
        void orphans.giveBack().catch(() => {}); // tried again with the next sweep
        this.wait();
      }),
      subscriber.link.onDown.on(() => this.#lose()),
      subscriber.link.onMessage.on(({ channel, text }) => {
        if (channel === this.#channel) this.#receive(parse(text));
      }),
    );
    subscriber.hold();
    subscriber.listen(this.#channel);
  }

  /** The queues were empty a moment ago: waits, unless it does already for about as many as could start. */
  wait(): void {
    const startable = this.#startable();
    if (startable === 0) return;
    if (2 * this.#countAwaited() < Math.min(startable, COUNT_MAX)) void this.#wait();
  }

  /** Waits no longer. What is handed over meanwhile is given back. */
  async halt(): Promise<void> {
    this.#isHalted = true;
    clearTimeout(this.#timer);
    if (this.#awaited.size === 0) return;
    // a server that does not answer is no reason to go on: what comes is given back in any case
    const patience = new Promise<void>((resolve) => setTimeout(resolve, HALT_MS).unref());
    await Promise.race([this.#withdraw().catch(() => {}), patience]);
  }

  async #withdraw(): Promise<void> {
    const first = firstAwaited(await this.#parts.link.call('getdel', [this.#channel]));
    if (first !== undefined) this.withdrawn(first);
  }

  /** From this number on nothing is handed over any more; what came before it may be on its way. */
  withdrawn(number: number): void {
    for (const [first, { count, lapsesAt }] of this.#awaited) {
      if (number < first || number >= first + count) continue;
      if (number === first) this.#awaited.delete(first);
      else this.#awaited.set(first, { count: number - first, lapsesAt });
    }
  }

  /** Listens no longer; what may be on its way becomes an orphan. */
  stop(): void {
    this.#isHalted = true;
    clearTimeout(this.#timer);
    if (this.#stops.length === 0) return;
    for (const stop of this.#stops.splice(0)) stop();
    this.#lose();
    this.#parts.subscriber.unlisten(this.#channel);
    this.#parts.subscriber.letGo();
  }

  /** A claim under way may take the places that there seem to be; it has us wait when it is back. */
  #startable(): number {
    return this.#parts.isClaiming() ? 0 : this.#parts.places();
  }

  /** How many messages may be handed over to us, or are on their way. */
  #countAwaited(): number {
    const now = performance.now();
    let awaited = 0;
    for (const [first, { count, lapsesAt }] of this.#awaited) {
      if (now < lapsesAt) awaited += count;
      else this.#awaited.delete(first);
    }
    return awaited;
  }

  async #wait(isGoingOn = false): Promise<void> {
    const { link, prefix, queues, leaseMs, reserve, onMore } = this.#parts;
    const count = Math.min(this.#startable(), COUNT_MAX);
    if (!this.#isListening || this.#isHalted || count === 0) return;
    clearTimeout(this.#timer);
    const first = reserve(count);
    this.#awaited.set(first, { count, lapsesAt: performance.now() + leaseMs });
    try {
      const keys = this.#keys;
      const leaseSeconds = Math.ceil(leaseMs / 1000);
      const numbers = { queues: queues.length, prefix, first, count, leaseSeconds };
      const reply = await wait(link, { keys, ...numbers, isGoingOn });
      if (reply.withdrawn !== undefined) this.withdrawn(reply.withdrawn);
      if (!reply.isEntered) this.#awaited.delete(first);
      // a claim may have come before it and taken the place: a script that the server does not know is sent once more
      else if (this.#parts.places() < this.#countAwaited()) {
        await this.#withdraw();
        this.wait();
      }
      if (reply.isMoreWaiting) onMore();
      else this.#goOnIn(leaseMs / 2);
    } catch (error) {
      if (isReplyError(error) || error instanceof BrokerRefusedError) this.#refuse(first, error);
      else this.#lose(); // it may have been entered all the same; the next claim has it wait anew
    }
  }

  #goOnIn(ms: Millis): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#wait(this.#countAwaited() > 0), ms).unref();
  }

  /** We may not wait here, and need not: we are woken. */
  #refuse(first: number, error: Error): void {
    this.#awaited.delete(first);
    this.#isListening = false; // until the connection is another
    this.#parts.onNotice(
      'warn',
      `messages cannot be handed over (${summaryOf(error)}); claiming them`,
    );
  }

  #receive(handover: Handover): void {
    const count = handover.payloads.length;
    if (this.#end(handover.first, count) && !this.#isHalted) this.#parts.onArrived(handover);
    else this.#orphan([{ first: handover.first, count }]);
  }

  /**
   * So many are awaited no longer, those before them neither, as they come in their order.
   * @returns whether they were.
   */
  #end(number: number, taken: number): boolean {
    for (const [first, { count }] of this.#awaited) {
      if (number < first || number >= first + count) continue;
      this.#awaited.delete(first);
      const left = first + count - (number + taken);
      // the server remembers what is left for as long again
      const lapsesAt = performance.now() + this.#parts.leaseMs;
      if (left > 0) this.#awaited.set(number + taken, { count: left, lapsesAt });
      return true;
    }
    return false;
  }

  /** What is handed over from now on finds nobody, and what was just before may be lost. */
  #lose(): void {
    this.#isListening &&= this.#parts.subscriber.link.isUp;
    const lost = [...this.#awaited].map(([first, { count }]) => ({ first, count }));
    this.#awaited.clear();
    this.#orphan(lost);
  }

  #orphan(ranges: readonly { readonly first: number; readonly count: number }[]): void {
    const { orphans, leaseMs } = this.#parts;
    const lapsesAt = performance.now() + 2 * leaseMs;
    for (const range of ranges) orphans.add({ ...range, lapsesAt });
    void orphans.giveBack().catch(() => {}); // tried again with the next sweep
  }
}

/** See `publish.lua.ts`. */
function parse(text: string): Handover {
  const [first, list = '', ...payloads] = text.split('\n');
  return { first: Number(first), list, payloads };
}
