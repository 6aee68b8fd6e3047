import type { RedisLink } from '../../drivers/redis/index.ts';
import type { Claimed } from '../../protocol/index.ts';
import { HeldUpError } from '../held-up.ts';
import type { Completion, Consumer, Parking } from '../transport.ts';
import type { RedisConsumer } from './consumer.ts';

/** The tag of no claim: what is committed under it counts as lost. */
const NO_TAG = '';

/**
 * Takes from whichever server of a list is used now. On another one everything begins anew, under another name:
 * claims stay behind on the server that made them, where they are another's once its lease is over.
 */
export class FailoverConsumer implements Consumer {
  readonly #link: RedisLink;
  readonly #make: () => RedisConsumer;
  readonly #stop: () => void;
  /** Those of other servers, until they have ended. */
  readonly #ending = new Set<Promise<void>>();
  #current: RedisConsumer;
  #isStarted = false;
  #isHalted = false;
  #isClosed = false;

  constructor(link: RedisLink, make: () => RedisConsumer) {
    this.#link = link;
    this.#make = make;
    this.#current = make();
    this.#stop = link.onUp.on(() => this.#follow());
  }

  get connections(): number {
    return this.#current.connections;
  }

  /** Called once. @throws BrokerUnavailableError, BrokerRefusedError, BrokerUntrustedError */
  async start(): Promise<void> {
    try {
      await this.#current.start();
    } catch (error) {
      this.#stop();
      throw error;
    }
    this.#isStarted = true;
    // the link may have moved meanwhile
    if (this.#link.isUp) this.#follow();
  }

  claim(limit: number): Promise<readonly Claimed[]> {
    return this.#current.claim(limit);
  }

  async halt(): Promise<void> {
    this.#isHalted = true;
    await this.#current.halt();
  }

  async commit(completions: readonly Completion[]): Promise<readonly string[]> {
    const current = this.#current;
    const left: string[] = [];
    const known = (lost: readonly string[]) => [...lost.filter((tag) => tag !== NO_TAG), ...left];
    const own = completions.map((completion) => {
      if (current.owns(completion.tag)) return completion;
      // a chord is no claim: it is complete where its parts are, or it is not
      if (completion.settle.kind === 'fire') return completion;
      // acked before it ran: that holds, though on another server
      if (completion.settle.kind !== 'kept') left.push(completion.tag);
      return { ...completion, tag: NO_TAG };
    });
    try {
      return known(await current.commit(own));
    } catch (error) {
      if (!(error instanceof HeldUpError)) throw error;
      const { places, lost } = error.heldUp;
      throw new HeldUpError(error.url, error.reason, { places, lost: known(lost) });
    }
  }

  park(parkings: readonly Parking[]): Promise<void> {
    return this.#current.park(parkings);
  }

  release(tags: readonly string[]): Promise<void> {
    return this.#current.release(tags);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stop();
    await Promise.all([this.#current.close(), ...this.#ending]);
  }

  #follow(): void {
    if (!this.#isStarted || this.#isClosed) return;
    if (this.#current.place === this.#link.address.shown) return;
    const ending = this.#current.close().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    this.#current = this.#make();
    this.#current.startAtOnce();
    if (this.#isHalted) void this.#current.halt();
  }
}
