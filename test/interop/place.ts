import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Celery, type CeleryOptions } from 'celeriac';
import { onFileEnd } from '../support/cleanup.ts';
import type { RunningProgram } from '../support/process.ts';
import { type PythonClient, startPythonClient, startPythonWorker } from '../support/python.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

/** Our side of the tasks that are there under the same names in both languages; Python's is peer.py. */
export const OURS = fileURLToPath(new URL('../fixtures/peer.ts', import.meta.url));
const PYTHONS = fileURLToPath(new URL('../fixtures/peer.py', import.meta.url));

/** What a file of rows needs besides the tasks in `fixtures/peer`. */
export interface PlaceOptions {
  /** Python that sees `app`, for Python's worker and client alike. */
  readonly python?: string;
  /** Our worker's module in place of `fixtures/peer.ts`. */
  readonly module?: string;
  /** More of our worker's command line. */
  readonly args?: readonly string[];
  /** What our worker's environment says besides the URLs. */
  readonly env?: NodeJS.ProcessEnv;
  /** Of our client. */
  readonly settings?: CeleryOptions;
  /** Called with our client, before it sends anything. */
  readonly prepare?: (app: Celery) => void;
  /** The number of the broker's database. */
  readonly db?: number;
  /** Where results are; the broker's database if not said. */
  readonly backendUrl?: (redis: RedisServer) => string | Promise<string>;
  /** More queues that the workers take from. */
  readonly queues?: Readonly<Record<'ours' | 'python', readonly string[]>>;
}

/** A message as it is in a queue of Redis. */
export interface Envelope {
  readonly body: string;
  readonly 'content-type': string;
  readonly 'content-encoding': string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

/**
 * Both languages beside one Redis: a client and a worker of each. Python's worker takes from the queues `python` and
 * `both`, ours from `ours` and `both`.
 */
export class Place {
  readonly redis: RedisServer;
  readonly app: Celery;
  readonly python: PythonClient;
  readonly worker: RunningProgram;
  readonly pythonWorker: RunningProgram;
  readonly #db: number;

  constructor(parts: Omit<Place, 'written' | 'push' | 'cli'> & { readonly db?: number }) {
    this.#db = parts.db ?? 0;
    this.redis = parts.redis;
    this.app = parts.app;
    this.python = parts.python;
    this.worker = parts.worker;
    this.pythonWorker = parts.pythonWorker;
  }

  /** What a client writes: `send` is given a queue from which no worker takes. */
  async written(send: (queue: string) => Promise<unknown>): Promise<Envelope> {
    const queue = `nobody-${randomUUID()}`;
    await send(queue);
    const keys = (await this.cli('KEYS', `${queue}*`)).split('\n');
    return JSON.parse(await this.cli('LINDEX', keys[0] ?? queue, '0')) as Envelope;
  }

  /** Puts a message into a queue as it is, as neither client would write it. */
  async push(queue: string, envelope: object): Promise<void> {
    await this.cli('LPUSH', queue, JSON.stringify(envelope));
  }

  /** A command in the broker's database. */
  cli(...args: string[]): Promise<string> {
    return this.redis.cli('-n', String(this.#db), ...args);
  }
}

/** Starts the servers of a place; they end with the test file. */
export async function startPlace(options: PlaceOptions = {}): Promise<Place> {
  const { python = '', module = OURS, args = [], env = {}, queues, db = 0 } = options;
  const redis = await startRedis();
  const source = `${readFileSync(PYTHONS, 'utf8')}\n${python}`;
  const brokerUrl = `${redis.url.replace(/\/\d+$/, '')}/${db}`;
  const urls = { brokerUrl, backendUrl: (await options.backendUrl?.(redis)) ?? brokerUrl };
  const servers = { broker: urls.brokerUrl, backend: urls.backendUrl };
  const app = new Celery('peer', { ...options.settings, ...servers });
  options.prepare?.(app);
  onFileEnd(() => app.close());
  const ours = ['ours', 'both', ...(queues?.ours ?? [])].join(',');
  const pythons = ['python', 'both', ...(queues?.python ?? [])];
  const [pythonWorker, client, worker] = await Promise.all([
    startPythonWorker({ ...urls, source, module: 'peer', queues: pythons }),
    startPythonClient({ ...urls, source, module: 'peer' }),
    startWorker({
      ...{ ...urls, module, env },
      args: ['-c', '2', '-n', 'ours@host', '-Q', ours, ...args],
    }),
  ]);
  return new Place({ redis, app, python: client, pythonWorker, worker, db });
}

/** How long a cell waits for what another program does. */
export const SOON_MS = 20_000;

/** Waits until a program has done something; see `until`. */
export function eventually<T>(
  what: string,
  condition: () => T | false | null | undefined | Promise<T | false | null | undefined>,
): Promise<T> {
  return until(condition, { deadlineMs: SOON_MS, what }) as Promise<T>;
}
