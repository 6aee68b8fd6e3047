import { Worker } from 'node:worker_threads';
import type { RedisAddress } from '../../drivers/redis/index.ts';
import { summaryOf } from '../../errors.ts';
import type { Millis } from '../../util/index.ts';
import type { LayoutOptions } from '../layout-options.ts';
import type { ConsumeOptions, TransportOptions } from '../transport.ts';
import type { BroadcastQueue } from './keep-broadcast.lua.ts';

/** What the renewal thread is given. */
export interface RenewalOrder {
  /** The server with the claims, and no other. */
  readonly address: RedisAddress;
  readonly prefix: string;
  readonly layout: Partial<LayoutOptions>;
  /** The consumer's own queues, which live as long as it does. */
  readonly broadcasts: readonly BroadcastQueue[];
  readonly leaseMs: Millis;
  readonly everyMs: Millis;
  /** See `HeldClaims.numbers`. */
  readonly numbers: SharedArrayBuffer;
}

/** What it is told later: other numbers to read. */
export type RenewalNews = Pick<RenewalOrder, 'numbers'>;

/** What it tells: it cannot renew, and why; '' that it can again. */
export interface RenewalReport {
  readonly trouble: string;
}

const RESTART_MS: Millis = 200;
const RENEW_MS: Millis = 5_000;

/**
 * The thread that renews claims, with a connection of its own: whatever user code does to this thread,
 * the claims it works on stay ours. Started again if it dies.
 */
export class Renewal {
  readonly #onNotice: (level: 'info' | 'warn' | 'error', message: string) => void;
  #order: Omit<RenewalOrder, 'address'>;
  #thread: Worker | undefined;
  #isStopped = false;

  constructor(
    order: Omit<RenewalOrder, 'address'>,
    onNotice: (level: 'info' | 'warn' | 'error', message: string) => void,
  ) {
    this.#order = order;
    this.#onNotice = onNotice;
  }

  start(address: RedisAddress): void {
    const thread = spawn({ ...this.#order, address });
    this.#thread = thread;
    thread.on('message', ({ trouble }: RenewalReport) => {
      if (trouble) this.#onNotice('warn', `cannot renew claims: ${trouble}`);
      else this.#onNotice('info', 'claims are renewed again');
    });
    let death = 'it ended';
    thread.on('error', (error) => {
      death = summaryOf(error);
    });
    thread.on('exit', () => {
      if (this.#isStopped) return;
      this.#onNotice('error', `the thread that renews claims died (${death}); starting it again`);
      setTimeout(() => {
        if (!this.#isStopped) this.start(address);
      }, RESTART_MS);
    });
  }

  /** Has it read the numbers of held claims from another place. */
  readFrom(numbers: SharedArrayBuffer): void {
    this.#order = { ...this.#order, numbers };
    const news: RenewalNews = { numbers };
    this.#thread?.postMessage(news);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#thread?.terminate();
  }
}

/** The thread that renews a consumer's claims, in time for its transport. */
export function renewalOf(
  order: Pick<RenewalOrder, 'prefix' | 'broadcasts' | 'numbers'>,
  parts: {
    readonly transport: TransportOptions;
    readonly options: Pick<ConsumeOptions, 'onNotice'>;
  },
): Renewal {
  const { visibilityTimeoutMs, leaseTimeoutMs: leaseMs, layout = {} } = parts.transport;
  const everyMs = Math.min(visibilityTimeoutMs / 3, leaseMs / 3, RENEW_MS);
  return new Renewal({ ...order, leaseMs, everyMs, layout }, parts.options.onNotice);
}

/** What the thread runs. */
let entry = new URL('./renewal-thread.js', import.meta.url);

/** Has threads that are started from now on run another file: Node runs no TypeScript, as it is in tests of the sources. */
export function runThreadsFrom(url: URL): void {
  entry = url;
}

function spawn(workerData: RenewalOrder): Worker {
  return new Worker(entry, { name: 'celeriac renewal', execArgv: [], workerData });
}
