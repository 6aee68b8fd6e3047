import type { MessagePort } from 'node:worker_threads';
import { CeleriacError, type ErrorCode } from '../errors.ts';
import { ExecutorLoop, type RunJob } from './executor-loop.ts';
import { unflattenJobs } from './job.ts';
import { type Answer, type FromExecutor, packFinished, type ToExecutor } from './port.ts';

/** What the inside of a thread serves its port with. */
export interface ExecutorPortParts {
  readonly slots: number;
  readonly states: Int32Array;
  readonly run: RunJob;
  readonly abort: (reason: string) => void;
  readonly stop: () => void;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The inside of a thread: runs the jobs that come over the port, and asks the main thread for what tasks need. */
export class ExecutorPort {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, Waiting>();
  #lastCall = 0;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  /** Begins to take jobs, and says so. */
  serve(parts: ExecutorPortParts): void {
    const loop = new ExecutorLoop({
      ...parts,
      report: (finished) => this.#send(packFinished(finished)),
      now: () => performance.now(),
    });
    this.#port.on('message', (message: ToExecutor) => {
      if (message.kind === 'run') loop.push(unflattenJobs(message.jobs));
      else if (message.kind === 'answer') this.#settle(message.call, message.answer);
      else if (message.kind === 'abort') parts.abort(message.reason);
      else parts.stop();
    });
    this.#send({ kind: 'ready' });
  }

  /** Says that this executor cannot start. */
  fail(message: string): void {
    this.#send({ kind: 'failed', message });
  }

  /** Asks the main thread. Rejects with its error, or with `signal.reason`. */
  call(request: unknown, signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted();
    this.#lastCall += 1;
    const call = this.#lastCall;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(call);
        this.#send({ kind: 'cancel', call });
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const end = () => signal?.removeEventListener('abort', onAbort);
      this.#waiting.set(call, {
        resolve: (value) => {
          end();
          resolve(value);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      });
      this.#send({ kind: 'call', call, request });
    });
  }

  #settle(call: number, answer: Answer): void {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    if (answer.ok) waiting?.resolve(answer.value);
    else waiting?.reject(revive(answer));
  }

  #send(message: FromExecutor): void {
    this.#port.postMessage(message);
  }
}

function revive(answer: Extract<Answer, { ok: false }>): Error {
  const error =
    answer.code === undefined
      ? new Error(answer.message)
      : new CeleriacError(answer.code as ErrorCode, answer.message);
  error.name = answer.name;
  return error;
}
