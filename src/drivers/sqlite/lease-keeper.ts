import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Millis } from '../../util/index.ts';
import { renewLease } from './queries/lease.ts';

/** What a keeper keeps. */
export interface KeptLease {
  readonly file: string;
  readonly leaseId: number;
  readonly timeoutMs: Millis;
  /** Called when a renewal failed; it is tried again at the next turn. */
  readonly onTrouble: (message: string) => void;
}

/** Plain JavaScript in a string: a thread of Node 20 cannot load TypeScript, and a file of its own would break bundlers. */
const source = /* js */ `
const { parentPort, workerData } = require('node:worker_threads');
const { library, file, sql, leaseId, timeoutMs } = workerData;
const Database = require(library);
let database, statement;
function renew() {
  try {
    if (!statement) {
      database = new Database(file, { timeout: 5000 });
      database.exec('pragma synchronous = normal');
      statement = database.prepare(sql);
    }
    statement.run([leaseId, Date.now() + timeoutMs]);
  } catch (error) {
    parentPort.postMessage(String(error.message));
  }
}
const timer = setInterval(renew, timeoutMs / 3);
parentPort.once('message', () => {
  clearInterval(timer);
  if (database) database.close();
});
renew();
`;

/**
 * Renews a lease from a thread with a connection of its own, so that it lives on while the main thread
 * is busy with user code. It does not keep the process alive.
 */
export class LeaseKeeper {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #isEnding = false;

  constructor({ onTrouble, ...lease }: KeptLease) {
    const library = createRequire(import.meta.url).resolve('libsql');
    this.#worker = new Worker(source, {
      eval: true,
      execArgv: [], // loaders of the main thread are of no use here, and slow
      workerData: { ...lease, library, sql: renewLease.sql },
    });
    this.#worker.unref();
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
    this.#worker.on('message', (message) => onTrouble(String(message)));
    this.#worker.on('error', (error) => onTrouble(error.message));
  }

  /** Stops renewing. Safe to call twice. */
  async close(): Promise<void> {
    if (!this.#isEnding) {
      this.#isEnding = true;
      this.#worker.ref();
      this.#worker.postMessage('end');
    }
    await this.#exited;
  }
}
