import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AsyncResult, Celery, type Seconds } from 'celeriac';
import { expect } from 'vitest';
import { onFileEnd } from '../support/cleanup.ts';
import type { RunningProgram } from '../support/process.ts';
import { startPythonWorker } from '../support/python.ts';
import { tempDir } from '../support/temp.ts';
import { startWorker } from '../support/worker.ts';
import { crossing } from './crossing.ts';
import { eventually, type Place, SOON_MS } from './place.ts';

/** A worker that a test ends. */
export interface Ending {
  /** Resolves once it has ended. */
  readonly exited: Promise<unknown>;
  /** SIGTERM: it finishes what it may. */
  terminate(): void;
  /** SIGKILL. Resolves once it has ended. */
  die(): Promise<void>;
  stop(): Promise<void>;
}

/** How long claims are safe, where nobody lives to renew them. */
const VISIBILITY_S = 2;

/** How a cell's scene differs. */
export interface SceneOptions {
  /** Of both sides. */
  readonly visibilityS?: Seconds;
}

/** A database of a place's Redis for one cell, where workers of both languages come and go. All take from `both`. */
export class Scene {
  /** Our client. */
  readonly app: Celery;
  readonly visibilityS: Seconds;
  /** Where tasks note that they run. */
  readonly notes: string;
  readonly #place: Place;
  readonly #db: number;
  readonly #url: string;

  constructor(place: Place, db: number, { visibilityS = VISIBILITY_S }: SceneOptions = {}) {
    this.#place = place;
    this.#db = db;
    this.visibilityS = visibilityS;
    this.#url = `${place.redis.url.replace(/\/\d+$/, '')}/${db}`;
    this.notes = join(tempDir(), 'notes');
    writeFileSync(this.notes, '');
    this.app = new Celery('scene', { broker: this.#url, backend: this.#url });
    onFileEnd(() => this.app.close());
  }

  async startPython(): Promise<Ending> {
    const urls = { brokerUrl: this.#url, backendUrl: this.#url };
    const options = `{'visibility_timeout': ${this.visibilityS}}`;
    const source = `app.conf.broker_transport_options = ${options}\n${crossing.python}`;
    return endingOf(await startPythonWorker({ ...urls, source, queues: ['both'] }));
  }

  async startOurs(queue = 'both'): Promise<Ending> {
    const { module = '' } = crossing;
    const worker = await startWorker({
      ...{ brokerUrl: this.#url, module, args: ['-Q', queue, '-c', '1'] },
      env: {
        CELERIAC_BROKER_TRANSPORT_OPTIONS: `{"visibilityTimeout": ${this.visibilityS}}`,
        CELERIAC_WORKER_SHUTDOWN_TIMEOUT: '0.5',
      },
    });
    return endingOf(worker);
  }

  /** Sends `both.note` with our client. */
  send(text: string, { gate, countdown }: Note = {}): Promise<AsyncResult<Noted>> {
    const args = [this.notes, text, gate ?? null];
    return this.app.sendTask<Noted>('both.note', args, { queue: 'both', countdown });
  }

  /** The same with Python's client. */
  async sendFromPython(text: string, { gate, countdown }: Note = {}): Promise<AsyncResult<Noted>> {
    const args = JSON.stringify([this.notes, text, gate ?? '']).slice(1, -1);
    const options = `queue='both', countdown=${countdown ?? 'None'}`;
    const send = `send_to('${this.#url}', 'both.note', ${args}, ${options})`;
    return this.app.asyncResult<Noted>((await this.#place.python.evaluate(send)) as string);
  }

  /** A sweep of Python's, with the timeout of the scene. */
  async sweepFromPython(): Promise<void> {
    await this.#place.python.evaluate(`sweep('${this.#url}', ${this.visibilityS})`);
  }

  /** Who ran what, in order. */
  runs(): readonly string[] {
    return readFileSync(this.notes, 'utf8').split('\n').filter(Boolean);
  }

  async running(text: string): Promise<void> {
    await eventually(`'${text}' to run`, () => this.runs().some((run) => run.endsWith(text)));
  }

  /** How many messages wait in a queue. */
  async waiting(queue = 'both'): Promise<number> {
    return Number(await this.cli('LLEN', queue));
  }

  /** How many claims there are, of either side. */
  async held(): Promise<number> {
    return Number(await this.cli('HLEN', 'unacked'));
  }

  async parked(): Promise<number> {
    return Number(await this.cli('ZCARD', 'celeriac.parked'));
  }

  /** Waits until a claim is older than the visibility timeout. */
  async claimIsStale(): Promise<void> {
    await eventually('a claim that nobody renews', async () => {
      const limit = String(Date.now() / 1000 - this.visibilityS);
      return (await this.cli('ZCOUNT', 'unacked_index', '-inf', limit)) === '1';
    });
  }

  /** Puts down a claim that nobody holds any more, of a message for the queue `stray`. */
  async plantStray(): Promise<void> {
    const entry = `[${JSON.stringify(anEnvelope('stray'))}, "", "stray"]`;
    await this.cli('HSET', 'unacked', 'stray', entry);
    await this.cli('ZADD', 'unacked_index', '1', 'stray');
  }

  async expectNothingLeft(): Promise<void> {
    const left = async () => [await this.held(), await this.waiting(), await this.parked()];
    await expect.poll(left, { timeout: SOON_MS }).toEqual([0, 0, 0]);
    expect(await this.cli('ZCARD', 'unacked_index')).toBe('0');
  }

  cli(...args: string[]): Promise<string> {
    return this.#place.redis.cli('-n', String(this.#db), ...args);
  }
}

/** What a note is sent with. */
export interface Note {
  /** A file that it waits for. */
  readonly gate?: string;
  readonly countdown?: Seconds;
}

/** What `both.note` returns: where it ran, its text, whether it was redelivered, and how often by our count. */
export type Noted = readonly ['ours' | 'python', string, boolean | null, (number | null)?];

function endingOf(program: RunningProgram): Ending {
  return {
    exited: program.exited,
    terminate: () => program.kill('SIGTERM'),
    die: async () => {
      program.kill('SIGKILL');
      await program.exited;
    },
    stop: () => program.stop(),
  };
}

function anEnvelope(queue: string): object {
  return {
    ...{ body: '', 'content-encoding': 'utf-8', 'content-type': 'application/json', headers: {} },
    properties: {
      ...{ body_encoding: 'base64', delivery_tag: queue, priority: 0 },
      delivery_info: { exchange: '', routing_key: queue },
    },
  };
}
