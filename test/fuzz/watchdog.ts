import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** What a process exits with whose watchdog has ended it: SIGKILL follows the line that says why. */
export const HANG_LINE = 'hang';

const source = `
const { workerData, parentPort } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const beats = new Int32Array(workerData.beats);
let seen = -1;
let since = Date.now();
setInterval(() => {
  const beat = Atomics.load(beats, 0);
  if (beat !== seen) { seen = beat; since = Date.now(); return; }
  if (Date.now() - since < workerData.patienceMs) return;
  writeSync(2, 'hang: nothing moved for ' + workerData.patienceMs / 1000 + ' s in the batch of run ' + Atomics.load(beats, 1) + '\\n');
  process.kill(process.pid, 'SIGKILL');
}, 500).unref();
parentPort.on('message', () => process.exit());
`;

/** Ends the process when its main thread stands still, and says where it stood. */
export class Watchdog {
  readonly #beats = new Int32Array(new SharedArrayBuffer(8));
  readonly #thread: Worker;

  constructor(patienceMs: number) {
    const workerData = { beats: this.#beats.buffer, patienceMs };
    this.#thread = new Worker(source, { eval: true, workerData });
    this.#thread.unref();
  }

  /** Run number `run` comes next. The line is for whoever sees the process end. */
  beat(run: number): void {
    Atomics.store(this.#beats, 1, run);
    Atomics.add(this.#beats, 0, 1);
    writeSync(1, `@${run}\n`);
  }

  stop(): void {
    void this.#thread.terminate();
  }
}
