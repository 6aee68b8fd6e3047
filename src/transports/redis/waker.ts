import { isReplyError, type RedisShare, type RedisSubscriber } from '../../drivers/redis/index.ts';
import { summaryOf } from '../../errors.ts';
import { type Millis, soon } from '../../util/index.ts';
import type { ConsumeOptions } from '../transport.ts';
import type { Layout } from './layout.ts';

/** Where a server says that a tracked key has changed. */
const INVALIDATIONS = '__redis__:invalidate';
const SAFETY_POLL_MS: Millis = 1_000;
/** In safety polls: how often the server is asked whether it still tracks. */
const CHECK_EVERY = 5;
const POLL_MS = { first: 20, longest: 1_000 } as const;

/** How the server tells about messages: it sends word, or has to be asked. */
type Mode = 'starting' | 'tracking' | 'polling';

/**
 * Calls when there may be something to claim. The server sends word when a list changes that was looked
 * at after a claim; a slow poll makes up for a word that got lost.
 */
export class Waker {
  readonly #share: Pick<RedisShare, 'commands' | 'subscriber'>;
  readonly #lists: readonly string[];
  readonly #onNotice: ConsumeOptions['onNotice'];
  readonly #stops: (() => void)[] = [];
  readonly #wake: () => void;
  #mode: Mode = 'starting';
  #timer: NodeJS.Timeout | undefined;
  #delayMs: Millis = SAFETY_POLL_MS;
  #polls = 0;
  #isListening = false;

  constructor(
    share: Pick<RedisShare, 'commands' | 'subscriber'>,
    layout: Layout,
    { queues, onWake, onNotice }: Pick<ConsumeOptions, 'queues' | 'onWake' | 'onNotice'>,
  ) {
    this.#share = share;
    this.#lists = layout.listKeys(queues);
    this.#onNotice = onNotice;
    this.#wake = soon(() => {
      if (this.#stops.length > 0) onWake();
    });
  }

  /** Whether the server sends word over the subscriber's connection. */
  get isListening(): boolean {
    return this.#isListening;
  }

  start(): void {
    const { commands, subscriber } = this.#share;
    this.#stops.push(
      commands.onUp.on(() => {
        this.#wake();
        void this.#track();
      }),
      subscriber.onSubscribed.on((channels) => {
        if (channels.includes(INVALIDATIONS)) void this.#track();
      }),
      subscriber.onRefused.on(({ channels, error }) => {
        if (channels.includes(INVALIDATIONS)) this.#poll(error);
      }),
      subscriber.link.onMessage.on(({ channel }) => {
        if (channel === INVALIDATIONS) this.#wake();
      }),
    );
    this.#listen(subscriber);
    this.#wake();
    this.#plan();
  }

  /** Safe to call twice. */
  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    clearTimeout(this.#timer);
    this.#unlisten(this.#share.subscriber);
  }

  /**
   * Looks at the lists right after a claim was sent, so that the server sends word of the next change.
   * Not a part of the claim: of a script the server would track all keys, those that we change as well.
   * @returns whether a list has messages; false if the link is down, which says so itself
   */
  async watch(): Promise<boolean> {
    if (this.#mode !== 'tracking') return false;
    const { commands } = this.#share;
    commands.call('client', ['caching', 'yes']).catch(() => {});
    return commands.call('exists', this.#lists).then(
      (waiting) => Number(waiting) > 0,
      () => false,
    );
  }

  /** Calls soon, as something is known to be there. */
  wake(): void {
    this.#wake();
  }

  /** Told what a claim brought; a server that has to be asked is asked more often while there is work. */
  note(claimed: number): void {
    if (claimed === 0 || this.#mode !== 'polling' || this.#delayMs === POLL_MS.first) return;
    this.#delayMs = POLL_MS.first;
    this.#plan();
  }

  /** Has the server tell our subscriber about the lists that claims look at, and claims once to begin it. */
  async #track(): Promise<void> {
    const { commands, subscriber } = this.#share;
    if (!commands.isUp || !subscriber.link.isUp || this.#mode === 'polling') return;
    const redirect = ['redirect', subscriber.link.clientId];
    try {
      await commands.call('client', ['tracking', 'on', ...redirect, 'optin']);
    } catch (error) {
      // one of the two has just gone: set up when both are back
      if (isReplyError(error) && /does not exist/.test(error.message)) this.#mode = 'starting';
      else if (commands.isUp) this.#poll(error);
      return;
    }
    this.#mode = 'tracking';
    this.#wake();
  }

  #poll(error: unknown): void {
    if (this.#mode === 'polling') return;
    this.#mode = 'polling';
    this.#delayMs = POLL_MS.first;
    const cause = summaryOf(error);
    this.#onNotice(
      'warn',
      `the server does not tell about new messages (${cause}); asking it instead`,
    );
    this.#unlisten(this.#share.subscriber);
    this.#plan();
  }

  #plan(): void {
    clearTimeout(this.#timer);
    if (this.#stops.length > 0) this.#timer = setTimeout(() => void this.#look(), this.#delayMs);
  }

  async #look(): Promise<void> {
    try {
      if (this.#share.commands.isUp) await this.#ask();
    } catch {
      // the link says itself when it is down; the next look is soon
    }
    if (this.#mode === 'polling') this.#delayMs = Math.min(this.#delayMs * 2, POLL_MS.longest);
    this.#plan();
  }

  async #ask(): Promise<void> {
    const { commands, subscriber } = this.#share;
    const waiting = await commands.call('exists', this.#lists);
    if (Number(waiting) > 0) this.#wake();
    if (this.#mode === 'polling' || ++this.#polls % CHECK_EVERY > 0) return;
    if (this.#mode === 'starting') {
      await this.#track();
      return;
    }
    const info = JSON.stringify(await commands.call('client', ['trackinginfo']));
    const isSound = info.includes('"on"') && !info.includes('broken_redirect');
    if (!isSound || !info.includes(`"redirect",${subscriber.link.clientId},`)) await this.#track();
  }

  #listen(subscriber: RedisSubscriber): void {
    this.#isListening = true;
    subscriber.hold();
    subscriber.listen(INVALIDATIONS);
  }

  #unlisten(subscriber: RedisSubscriber): void {
    if (!this.#isListening) return;
    this.#isListening = false;
    subscriber.unlisten(INVALIDATIONS);
    subscriber.letGo();
  }
}
