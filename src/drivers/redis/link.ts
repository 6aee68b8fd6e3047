import { Redis } from 'ioredis';
import type { BrokerUnavailableError } from '../../errors.ts';
import type { Millis } from '../../util/index.ts';
import type { RedisAddress } from './address.ts';
import type { Arg, ReplyEncoding } from './args.ts';
import { fixedOptions, targetOptions } from './client-options.ts';
import { commandOf } from './command.ts';
import { type Greeting, greet } from './greeting.ts';
import type { Route } from './route.ts';
import { ServerClock } from './server-clock.ts';
import { Signal } from './signal.ts';
import { SilenceWatch } from './silence.ts';
import { type Refusal, refusalIn, replyCodeOf, unavailable, unreachable } from './trouble.ts';
import { untilUp } from './until-up.ts';

const RECONNECT_MS = { first: 50, longest: 1_000 } as const;
const LOADING_MS: Millis = 100;

/**
 * One connection to a Redis, of several the one that its route has now. It connects when it is first needed, reconnects as long as somebody holds
 * it or waits for it, and keeps nothing back: a command is written now or fails now, and one whose
 * answer did not come fails and is never sent again. Idle and unheld, it does not keep the process alive.
 */
export class RedisLink {
  readonly clock = new ServerClock();
  /** Usable now, first or again. */
  readonly onUp = new Signal<void>();
  /** Usable no more, with the reason; it may come back. */
  readonly onDown = new Signal<BrokerUnavailableError>();
  /** The server does not let us in; the link tries again as long as it is held. */
  readonly onRefused = new Signal<Refusal>();
  /** An attempt to connect failed; the link tries again as long as it is held. */
  readonly onFailed = new Signal<BrokerUnavailableError>();
  /** Something was published to us. */
  readonly onMessage = new Signal<{ channel: string; text: string }>();
  /** Something was published that fits a pattern of ours. */
  readonly onPatternMessage = new Signal<{ pattern: string; text: string }>();
  readonly #redis: Redis;
  readonly #addresses: readonly [RedisAddress, ...RedisAddress[]];
  readonly #route: Route | undefined;
  readonly #unroute: (() => void) | undefined;
  /** Which of the addresses it is at, or tries. */
  #at: number;
  readonly #onClosed = new Signal<void>();
  #isUp = false;
  #isClosed = false;
  #isCorked = false;
  /** It was dropped for another server, which is no failure of this one's. */
  #isMoving = false;
  #holds = 0;
  #pending = 0;
  readonly #silence = new SilenceWatch({
    // while it connects, it is asked who we are
    isOwed: () => this.#pending > 0 || this.#redis.status === 'connect',
    bytesRead: () => this.#redis.stream?.bytesRead ?? 0,
    onSilent: (ms) => this.reset(`it has not answered for ${ms / 1000} s`),
  });
  #greeting: Greeting = { nowMs: 0, clientId: 0 };
  #attempts = 0;
  #refusal: Refusal | undefined;
  #lastError: unknown = 'no answer';

  /** @param route - which of the addresses to connect to; without it there is but one. */
  constructor(addresses: readonly [RedisAddress, ...RedisAddress[]], route?: Route) {
    this.#addresses = addresses;
    this.#route = route;
    this.#at = route?.at ?? 0;
    const retryStrategy = (): Millis | null => this.#nextDelay();
    this.#redis = new Redis({ ...fixedOptions, ...targetOptions(this.address), retryStrategy });
    this.#unroute = route?.onMoved.on(() => this.#follow());
    this.#redis.on('connect', () => this.#silence.start(this.address.silenceMs));
    this.#redis.on('ready', () => void this.#shakeHands());
    this.#redis.on('close', () => this.#setDown());
    this.#redis.on('error', (error) => this.#note(error));
    this.#redis.on('message', (channel, text) => {
      this.#silence.heardAt = performance.now();
      this.onMessage.emit({ channel, text });
    });
    this.#redis.on('pmessage', (pattern, _channel, text) => {
      this.#silence.heardAt = performance.now();
      this.onPatternMessage.emit({ pattern, text });
    });
  }

  /** Where it is connected, or tries to be. */
  get address(): RedisAddress {
    return this.#addresses[this.#at] ?? this.#addresses[0];
  }

  get isUp(): boolean {
    // one that was just cut is told a moment later
    return this.#isUp && this.#redis.stream.writable;
  }

  /** The server's number for this connection; changes with each reconnection. */
  get clientId(): number {
    return this.#greeting.clientId;
  }

  /**
   * Resolves when the link can be used.
   * @throws BrokerRefusedError, BrokerUntrustedError at once if the server does not let us in.
   * @throws BrokerUnavailableError with host and cause when the signal's time is up; else its reason.
   */
  async ready(signal: AbortSignal): Promise<void> {
    if (this.isUp) return;
    signal.throwIfAborted();
    if (this.#isClosed) throw unavailable(this.address, 'the connection was closed');
    const release = this.hold();
    signal.addEventListener('abort', release, { once: true });
    try {
      if (this.#refusal) throw this.#refusal;
      await untilUp(this, {
        ...{ signal, onClosed: this.#onClosed },
        reason: () => unreachable(this.address, this.#lastError),
      });
    } finally {
      signal.removeEventListener('abort', release);
      release();
    }
  }

  /** Has the link connect, and reconnect for ever, until the function returned is called. */
  hold(): () => void {
    this.#holds += 1;
    const { status } = this.#redis;
    if (!this.#isClosed && (status === 'wait' || status === 'end')) this.#connect();
    this.#keepAlive();
    let isHeld = true;
    return () => {
      if (isHeld) this.#holds -= 1;
      isHeld = false;
      this.#keepAlive();
    };
  }

  /** Sends a command; those of one turn of the loop travel in one write. */
  call(name: string, args: readonly Arg[], encoding?: ReplyEncoding): Promise<unknown> {
    if (this.isUp) return this.#send(name, args, encoding);
    return Promise.reject(this.#refusal ?? unavailable(this.address, this.#lastError));
  }

  /** Drops the connection together with what was not answered yet. */
  reset(reason: string): void {
    this.#lastError = reason;
    this.#redis.stream?.destroy();
  }

  /** Disconnects unless somebody holds the link; the next use connects again. */
  rest(): void {
    if (this.#holds === 0) this.#disconnect();
  }

  /** Disconnects for good. Safe to call twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#lastError = 'the connection was closed';
    this.#unroute?.();
    this.#disconnect();
    this.#setDown();
    this.#onClosed.emit();
  }

  #connect(): void {
    this.#refusal = undefined;
    this.#aim();
    this.#redis.connect().catch((error: unknown) => this.#note(error));
  }

  #disconnect(): void {
    this.#redis.disconnect();
    this.#redis.stream?.destroy();
  }

  async #shakeHands(): Promise<void> {
    try {
      this.#greeting = await greet((name, args) => this.#send(name, args));
      this.clock.note(this.#greeting.nowMs);
    } catch (error) {
      this.#note(error);
      if (this.#refusal) this.#redis.stream.destroy();
      else if (replyCodeOf(error)) this.#shakeHandsLater(); // it loads its data, or a script blocks it
      return;
    }
    if (this.#isAstray) return this.#move();
    this.#isUp = true;
    this.#lastError = 'connection lost'; // unless more is known by then
    this.#route?.reached(this.#at);
    this.#attempts = 0;
    this.#refusal = undefined;
    this.#keepAlive();
    this.onUp.emit();
  }

  #shakeHandsLater(): void {
    const { stream } = this.#redis;
    setTimeout(() => {
      if (stream === this.#redis.stream && !stream.destroyed) void this.#shakeHands();
    }, LOADING_MS);
  }

  /** Every send passes here: a plain promise, as each `await` on the way costs as much as the encoding. */
  #send(name: string, args: readonly Arg[], encoding: ReplyEncoding = 'utf8'): Promise<unknown> {
    this.#cork();
    if (this.#pending++ === 0) {
      this.#silence.heardAt = performance.now();
      this.#keepAlive();
    }
    const command = commandOf(name, args, encoding);
    this.#redis.sendCommand(command);
    return command.promise.then(this.#onReply, this.#onError);
  }

  readonly #onReply = (reply: unknown): unknown => {
    this.#silence.heardAt = performance.now();
    if (--this.#pending === 0) this.#keepAlive();
    return reply;
  };

  readonly #onError = (error: unknown): never => {
    if (--this.#pending === 0) this.#keepAlive();
    if (!replyCodeOf(error)) throw unavailable(this.address, this.#isUp ? error : this.#lastError);
    this.#silence.heardAt = performance.now();
    throw refusalIn(this.address, error) ?? error;
  };

  #cork(): void {
    if (this.#isCorked) return;
    const { stream } = this.#redis;
    this.#isCorked = true;
    stream.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      stream.uncork();
    });
  }

  #setDown(): void {
    this.#silence.stop();
    if (!this.#isUp) return;
    this.#isUp = false;
    this.onDown.emit(unavailable(this.address, this.#lastError));
  }

  #note(error: unknown): void {
    this.#lastError = error;
    const refusal = refusalIn(this.address, error);
    if (!refusal) return;
    this.#refusal = refusal;
    this.onRefused.emit(refusal);
  }

  /** Asked when a connection has ended, or did not come about. */
  #nextDelay(): Millis | null {
    if (this.#isClosed) return null;
    if (!this.#isUp && !this.#isMoving) {
      this.onFailed.emit(unreachable(this.address, this.#lastError));
      this.#route?.failed(this.#at);
    }
    this.#isMoving = false;
    if (this.#holds === 0) return null;
    this.#aim();
    return Math.min(RECONNECT_MS.longest, RECONNECT_MS.first * 2 ** this.#attempts++);
  }

  /** The next connection is to the server that the route has now; files of certificates are read anew. */
  #aim(): void {
    this.#at = this.#route?.at ?? 0;
    try {
      Object.assign(this.#redis.options, targetOptions(this.address));
    } catch (error) {
      this.#lastError = error; // a certificate that is being replaced: the last one may do
    }
  }

  #follow(): void {
    if (!this.#isAstray || this.#isClosed) return;
    if (this.#redis.stream?.destroyed === false) this.#move();
    else if (this.#redis.status === 'reconnecting') this.#aim();
  }

  /** Whether the route has moved on to another server; seen late if that was while this one had no stream yet. */
  get #isAstray(): boolean {
    return this.#route !== undefined && this.#route.at !== this.#at;
  }

  #move(): void {
    this.#isMoving = true;
    this.reset('another server of the list is used now');
  }

  /** Lets the process end unless somebody needs the connection. */
  #keepAlive(): void {
    const { stream } = this.#redis;
    if (!stream || stream.connecting || stream.destroyed) return; // one that connects keeps it alive
    if (this.#holds > 0 || this.#pending > 0) stream.ref();
    else stream.unref();
  }
}
