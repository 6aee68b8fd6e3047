import { Worker } from 'node:worker_threads';
import { ModuleLoadError, summaryOf, WorkerLostError } from '../errors.ts';
import type { Millis } from '../util/index.ts';
import type { Executor, ExecutorEvents } from './executor.ts';
import { flattenJobs, type Job } from './job.ts';
import { type Answer, type FromExecutor, type ToExecutor, unpackFinished } from './port.ts';

/** What a thread needs to become an executor. */
export interface ThreadParts {
  /** The module that the thread runs. */
  readonly entry: URL;
  /** Handed to the entry as `workerData`; cloned. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Answers what the tasks in the thread ask for; the signal aborts when they ask no longer. */
  readonly answer: (request: unknown, signal: AbortSignal) => Promise<unknown>;
}

/** A thread that has not ended by then is terminated. */
const STOP_MS: Millis = 500;

/** Runs tasks in a worker thread of its own. */
export class ThreadExecutor implements Executor {
  readonly #parts: ThreadParts;
  readonly #calls = new Map<number, AbortController>();
  #thread: Worker | undefined;
  #isStopping = false;

  constructor(parts: ThreadParts) {
    this.#parts = parts;
  }

  start(events: ExecutorEvents): Promise<void> {
    const thread = new Worker(this.#parts.entry, { workerData: this.#parts.data });
    this.#thread = thread;
    return new Promise((resolve, reject) => {
      let isReady = false;
      let death: string | undefined;
      thread.on('message', (message: FromExecutor) => {
        if (message.kind === 'ready') {
          isReady = true;
          resolve();
        } else if (message.kind === 'failed') reject(new ModuleLoadError(message.message));
        else this.#receive(message, events);
      });
      thread.on('error', (error: unknown) => {
        death = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      });
      thread.on('exit', (code) => {
        for (const call of this.#calls.values()) call.abort();
        const reason = death ?? `its thread exited with code ${code}`;
        if (!isReady) reject(new WorkerLostError(reason));
        else if (!this.#isStopping) events.onLost(reason);
      });
    });
  }

  run(entries: readonly (readonly [index: number, job: Job])[]): void {
    this.#send({ kind: 'run', jobs: flattenJobs(entries) });
  }

  abort(reason: string): void {
    this.#send({ kind: 'abort', reason });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const thread = this.#thread;
    if (!thread) return;
    const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    this.#send({ kind: 'stop' });
    const timer = setTimeout(() => void thread.terminate(), STOP_MS);
    await exited;
    clearTimeout(timer);
    this.#thread = undefined;
  }

  #send(message: ToExecutor): void {
    this.#thread?.postMessage(message);
  }

  #receive(message: FromExecutor, events: ExecutorEvents): void {
    if (message.kind === 'finished') {
      events.onFinished(unpackFinished(message));
    } else if (message.kind === 'call') void this.#answer(message.call, message.request);
    else if (message.kind === 'cancel') this.#calls.get(message.call)?.abort();
  }

  async #answer(call: number, request: unknown): Promise<void> {
    const controller = new AbortController();
    this.#calls.set(call, controller);
    let answer: Answer;
    try {
      answer = { ok: true, value: await this.#parts.answer(request, controller.signal) };
    } catch (error) {
      answer = { ok: false, ...describe(error) };
    }
    this.#calls.delete(call);
    this.#send({ kind: 'answer', call, answer });
  }
}

function describe(error: unknown): { name: string; code: string | undefined; message: string } {
  if (!(error instanceof Error)) return { name: 'Error', code: undefined, message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { name: error.name, code, message: summaryOf(error) };
}
