import { Command, Redis } from 'ioredis';
import { BrokerRefusedError, type BrokerUnavailableError } from '../../errors.ts';
import type { Millis } from '../../util/index.ts';
import type { RedisAddress } from './address.ts';
import { ServerClock } from './server-clock.ts';
import { Signal } from './signal.ts';
import { isDeadline, refusalOf, replyCodeOf, unavailable } from './trouble.ts';

/** One argument of a command. */
export type Arg = string | number;

/** A server that owes answers and is silent for this long is taken for gone, and connected to anew. */
const SILENCE_MS: Millis = 10_000;
/** How often that is looked at; a timer for each command would cost as much as sending it. */
const SILENCE_CHECK_MS: Millis = 1_000;
const RECONNECT_MS = { first: 50, longest: 1_000 } as const;
const LOADING_MS: Millis = 100;

/**
 * One connection to a Redis. It connects when it is first needed, reconnects as long as somebody holds
 * it or waits for it, and keeps nothing back: a command is written now or fails now, and one whose
 * answer did not come fails and is never sent again. Idle and unheld, it does not keep the process alive.
 */
export class RedisLink {
  readonly address: RedisAddress;
  readonly clock = new ServerClock();
  /** Usable now, first or again. */
  readonly onUp = new Signal<void>();
  /** Usable no more, with the reason; it may come back. */
  readonly onDown = new Signal<BrokerUnavailableError>();
  /** The server does not let us in; the link tries again as long as it is held. */
  readonly onRefused = new Signal<BrokerRefusedError>();
  /** Something was published to us. */
  readonly onMessage = new Signal<{ channel: string; text: string }>();
  /** Something was published that fits a pattern of ours. */
  readonly onPatternMessage = new Signal<{ pattern: string; text: string }>();
  readonly #redis: Redis;
  readonly #onClosed = new Signal<void>();
  #isUp = false;
  #isClosed = false;
  #isCorked = false;
  #holds = 0;
  #pending = 0;
  /** When the server last showed that it lives, or first owed an answer. */
  #heardAt: Millis = 0;
  #listening: NodeJS.Timeout | undefined;
  #clientId = 0;
  #attempts = 0;
  #refusal: BrokerRefusedError | undefined;
  #lastError: unknown = 'no answer';

  constructor(address: RedisAddress, { connectTimeoutMs }: { connectTimeoutMs: Millis }) {
    this.address = address;
    const { host, port, db, username, password } = address;
    this.#redis = new Redis({
      ...{ host, port, db, connectTimeout: connectTimeoutMs },
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...{ lazyConnect: true, protocol: 2, disableClientInfo: true, enableReadyCheck: false },
      ...{ enableOfflineQueue: false, autoResendUnfulfilledCommands: false },
      ...{ autoResubscribe: false, maxRetriesPerRequest: 0 },
      // we end its streams ourselves; it would wait for the end of one that has ended, and keep the process up
      disconnectTimeout: 0,
      retryStrategy: () => this.#nextDelay(),
    });
    this.#redis.on('connect', () => this.#listenForSilence());
    this.#redis.on('ready', () => void this.#shakeHands());
    this.#redis.on('close', () => this.#setDown());
    this.#redis.on('error', (error) => this.#note(error));
    this.#redis.on('message', (channel, text) => {
      this.#heardAt = performance.now();
      this.onMessage.emit({ channel, text });
    });
    this.#redis.on('pmessage', (pattern, _channel, text) => {
      this.#heardAt = performance.now();
      this.onPatternMessage.emit({ pattern, text });
    });
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** The server's number for this connection; changes with each reconnection. */
  get clientId(): number {
    return this.#clientId;
  }

  /**
   * Resolves when the link can be used.
   * @throws BrokerRefusedError at once if the server does not let us in.
   * @throws BrokerUnavailableError with host and cause when the signal's time is up; else its reason.
   */
  async ready(signal: AbortSignal): Promise<void> {
    if (this.#isUp) return;
    signal.throwIfAborted();
    if (this.#isClosed) throw unavailable(this.address, 'the connection was closed');
    const release = this.hold();
    try {
      if (this.#refusal) throw this.#refusal;
      await this.#upOrRefused(signal);
    } finally {
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
  call(name: string, args: readonly Arg[]): Promise<unknown> {
    if (this.#isUp) return this.#send(name, args);
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
    this.#disconnect();
    this.#setDown();
    this.#onClosed.emit();
  }

  #connect(): void {
    this.#refusal = undefined;
    this.#redis.connect().catch((error: unknown) => this.#note(error));
  }

  #disconnect(): void {
    this.#redis.disconnect();
    this.#redis.stream?.destroy();
  }

  #upOrRefused(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => () => {
        for (const stop of stops) stop();
        signal.removeEventListener('abort', onAbort);
        act();
      };
      const fail = (): void => reject(unavailable(this.address, this.#lastError));
      const onAbort = settle(() => (isDeadline(signal.reason) ? fail() : reject(signal.reason)));
      const stops = [
        this.onUp.on(settle(resolve)),
        this.onRefused.on((refusal) => settle(() => reject(refusal))()),
        this.#onClosed.on(settle(fail)),
      ];
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Asks who and when the server is; a command that it refuses shows that we may not use it. */
  async #shakeHands(): Promise<void> {
    try {
      const answers = await Promise.all([
        this.#send('ping', []),
        this.#send('time', []),
        // only for being told about keys; a proxy may not know it
        this.#send('client', ['id']).catch(() => 0),
      ]);
      const [seconds, micros] = answers[1] as [string, string];
      this.clock.note(Number(seconds) * 1000 + Number(micros) / 1000);
      this.#clientId = Number(answers[2]);
    } catch (error) {
      this.#note(error);
      if (this.#refusal) this.#redis.stream.destroy();
      else if (replyCodeOf(error)) this.#shakeHandsLater(); // it loads its data, or a script blocks it
      return;
    }
    this.#isUp = true;
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
  #send(name: string, args: readonly Arg[]): Promise<unknown> {
    this.#cork();
    if (this.#pending++ === 0) {
      this.#heardAt = performance.now();
      this.#keepAlive();
    }
    const command = new Command(name, args as Arg[], { replyEncoding: 'utf8' });
    this.#redis.sendCommand(command);
    return command.promise.then(this.#onReply, this.#onError);
  }

  readonly #onReply = (reply: unknown): unknown => {
    this.#heardAt = performance.now();
    if (--this.#pending === 0) this.#keepAlive();
    return reply;
  };

  readonly #onError = (error: unknown): never => {
    if (--this.#pending === 0) this.#keepAlive();
    if (!replyCodeOf(error)) throw unavailable(this.address, this.#lastErrorOr(error));
    this.#heardAt = performance.now();
    throw refusalOf(this.address, error) ?? error;
  };

  /** A connection that is dead and one that is idle look the same, but for the answers that are owed. */
  #listenForSilence(): void {
    this.#heardAt = performance.now();
    let bytes = 0;
    clearInterval(this.#listening);
    this.#listening = setInterval(() => {
      const { bytesRead = 0 } = this.#redis.stream ?? {};
      if (bytesRead !== bytes) this.#heardAt = performance.now(); // a long answer may take its time
      bytes = bytesRead;
      const isOwed = this.#pending > 0 || this.#redis.status === 'connect'; // then it is asked who we are
      if (!isOwed || performance.now() - this.#heardAt < SILENCE_MS) return;
      this.reset(`it has not answered for ${SILENCE_MS / 1000} s`);
    }, SILENCE_CHECK_MS).unref();
  }

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

  #lastErrorOr(error: unknown): unknown {
    return this.#isUp ? error : this.#lastError;
  }

  #setDown(): void {
    clearInterval(this.#listening);
    if (!this.#isUp) return;
    this.#isUp = false;
    this.onDown.emit(unavailable(this.address, this.#lastError));
    this.#lastError = 'connection lost';
  }

  #note(error: unknown): void {
    this.#lastError = error;
    const refusal = error instanceof BrokerRefusedError ? error : refusalOf(this.address, error);
    if (!refusal) return;
    this.#refusal = refusal;
    this.onRefused.emit(refusal);
  }

  #nextDelay(): Millis | null {
    if (this.#isClosed || this.#holds === 0) return null;
    return Math.min(RECONNECT_MS.longest, RECONNECT_MS.first * 2 ** this.#attempts++);
  }

  /** Lets the process end unless somebody needs the connection. */
  #keepAlive(): void {
    const { stream } = this.#redis;
    if (!stream || stream.connecting || stream.destroyed) return; // one that connects keeps it alive
    if (this.#holds > 0 || this.#pending > 0) stream.ref();
    else stream.unref();
  }
}
