import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { ending, endLeftovers, StepError, startGroup } from './steps.mjs';

const READY_MS = 20_000;
const STOP_MS = 15_000;

/** The demo's one worker process and what it has printed. */
export class DemoWorker {
  #child;
  #ending;
  #lines = [];
  #end;

  constructor(command, args, options) {
    this.#child = startGroup(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) this.#read(stream);
    // should the demo end by an error of its own, nobody else would end the worker
    process.once('exit', () => this.#end || this.#child.kill('SIGKILL'));
    this.#ending = ending(this.#child).then((end) => {
      this.#end = end;
      return end;
    });
  }

  /** How many lines it has printed: what comes later starts there. */
  get position() {
    return this.#lines.length;
  }

  /** All it has printed. */
  get output() {
    return this.#lines.join('\n');
  }

  /** Resolves when it takes tasks. Throws if it ends before, or is not ready in time. */
  async ready() {
    const found = await this.#find(/ ready\b/, 0, READY_MS);
    if (!found) throw this.failure(`the worker was not ready within ${READY_MS / 1000} s`);
  }

  /** @returns its first line since `position` that matches, undefined if none comes in time. */
  line(pattern, position) {
    return this.#find(pattern, position, 2_000);
  }

  /** Asks it to stop, and ends what is left of it. Throws unless it exited with 0 and left nothing. */
  async stop() {
    if (this.#end) throw this.failure(`the worker ended by itself (${this.#end})`);
    this.#child.kill('SIGTERM');
    const patience = new AbortController();
    const tooLong = sleep(STOP_MS, `still running ${STOP_MS / 1000} s after SIGTERM`, {
      signal: patience.signal,
    }).catch(() => {});
    const end = await Promise.race([this.#ending, tooLong]);
    patience.abort();
    const leftovers = await endLeftovers(this.#child, 500);
    if (end !== 'exit code 0') throw this.failure(`the worker did not stop well: ${end}`);
    if (leftovers.length > 0) throw this.failure(`left running: ${leftovers.join('; ')}`);
  }

  /** Ends it and all it started, however it takes it. */
  async kill() {
    await endLeftovers(this.#child, 0);
  }

  failure(message) {
    return new StepError(message, this.#lines.slice(-40).join('\n'));
  }

  async #find(pattern, position, deadlineMs) {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const found = this.#lines.slice(position).find((line) => pattern.test(line));
      if (found || performance.now() > deadline) return found;
      if (this.#end) throw this.failure(`the worker ended by itself (${this.#end})`);
      await sleep(10);
    }
  }

  #read(stream) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text) => {
      const parts = (rest + stripVTControlCharacters(text)).split('\n');
      rest = parts.pop();
      this.#lines.push(...parts.map(messageOf));
    });
  }
}

/** A log line's message: off a terminal the worker logs JSON. What tasks print stays as it is. */
function messageOf(line) {
  try {
    const { message } = JSON.parse(line);
    return typeof message === 'string' ? message : line;
  } catch {
    return line;
  }
}
