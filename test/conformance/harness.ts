import { type BackendOptions, openBackend, type ResultBackend } from '../../src/backends/index.ts';
import {
  type ConsumeOptions,
  type Consumer,
  openTransport,
  type Transport,
  type TransportOptions,
} from '../../src/transports/index.ts';
import { type RunningProgram, startTypeScript } from '../support/process.ts';
import { until } from '../support/waits.ts';

/** Where a store that others use too keeps things. */
export interface StorePlaces {
  readonly transport: Pick<TransportOptions, 'layout'>;
  readonly backend: Pick<BackendOptions, 'keyprefix'>;
}

/** What a conformance suite needs of an empty store. */
export interface StoreUnderTest {
  readonly url: string;
  /** What every client of it is opened with, as it keeps things in another place than others do. */
  readonly places?: StorePlaces;
  /** Puts a payload at the tail of a queue as it is. */
  putRaw(queue: string, payload: string): Promise<void>;
  /** The dead letters of a queue, and what is known of each as text. */
  deadLetters(queue: string): Promise<readonly { payload: string; info: string }[]>;
  /** All that is stored whose place or content has this text in it: bindings, messages, claims. */
  traces(text: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** A promise kept within this time may take five times as long on a busy machine. */
export const SLACK = 5;
/** For the tests of what happens to claims that nobody renews. */
export const CLAIM_TIMEOUT_MS = 1_500;
/** Longest time from the end of a worker until its claims are back: a timeout and a sweep's interval. */
export const RESTORE_DEADLINE_MS = SLACK * 2 * CLAIM_TIMEOUT_MS;

const OTHER_PROCESS = new URL('./other-process.ts', import.meta.url);
const START_MS = 40_000;

/** A consumer, with what it was told. */
export interface WatchedConsumer {
  readonly consumer: Consumer;
  readonly notices: readonly string[];
  /** How often it was woken so far. */
  wakes(): number;
  /** Claims until that many are there; only looks again when woken, as a worker does. */
  claimWhenWoken(count: number, deadlineMs: number): ReturnType<Consumer['claim']>;
}

/** Opens clients of one store, and closes them all. */
export class Bench {
  readonly store: StoreUnderTest;
  readonly #closers: (() => Promise<void>)[] = [];

  constructor(store: StoreUnderTest) {
    this.store = store;
  }

  async transport(options: Partial<TransportOptions> = {}): Promise<Transport> {
    const transport = await openTransport(this.store.url, {
      visibilityTimeoutMs: 3_600_000,
      leaseTimeoutMs: 30_000,
      connectTimeoutMs: 4_000,
      ...this.store.places?.transport,
      ...options,
    });
    this.#closers.push(() => transport.close());
    return transport;
  }

  /** One whose claims time out soon. */
  hastyTransport(): Promise<Transport> {
    return this.transport({
      visibilityTimeoutMs: CLAIM_TIMEOUT_MS,
      leaseTimeoutMs: CLAIM_TIMEOUT_MS,
    });
  }

  async backend(options: Partial<BackendOptions> = {}): Promise<ResultBackend> {
    const backend = await openBackend(this.store.url, {
      expiresMs: 3_600_000,
      connectTimeoutMs: 4_000,
      jsonTypes: 'typed',
      ...this.store.places?.backend,
      ...options,
    });
    this.#closers.push(() => backend.close());
    return backend;
  }

  async consumer(
    transport: Transport,
    options: Partial<Pick<ConsumeOptions, 'queues' | 'declare' | 'handOver' | 'onComplete'>> = {},
  ): Promise<WatchedConsumer> {
    const notices: string[] = [];
    let wakes = 0;
    const consumer = await transport.consume({
      queues: ['celery'],
      nodeName: 'celeriac@test',
      onWake: () => {
        wakes += 1;
      },
      onNotice: (level, message) => notices.push(`${level}: ${message}`),
      ...options,
    });
    this.#closers.push(() => consumer.close());
    const claimWhenWoken = async (count: number, deadlineMs: number) => {
      let seen = wakes; // before the claim: a wake that comes meanwhile is about what it did not see
      const claimed = [...(await consumer.claim(count))];
      const what = () => `${count} messages, got ${claimed.length}, woken ${wakes} times`;
      await until(
        async () => {
          if (claimed.length >= count) return true;
          if (wakes === seen) return false;
          seen = wakes;
          claimed.push(...(await consumer.claim(count - claimed.length)));
          return claimed.length >= count;
        },
        { deadlineMs, what },
      );
      return claimed;
    };
    return { consumer, notices, wakes: () => wakes, claimWhenWoken };
  }

  /** A process of its own on the same store; see `other-process.ts` for its commands. */
  async otherProcess(): Promise<RunningProgram> {
    const { url, places = {} } = this.store;
    const args = [url, String(CLAIM_TIMEOUT_MS), JSON.stringify(places)];
    const program = startTypeScript(OTHER_PROCESS, args);
    this.#closers.push(() => program.stop());
    await program.waitForLine(/^ready$/, START_MS);
    return program;
  }

  /** Closes everything, the last opened first. */
  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
    await this.store.close();
  }
}
