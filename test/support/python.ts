import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Seconds } from '../../src/util/index.ts';
import { type RunningProgram, startProgram } from './process.ts';
import { tempDir } from './temp.ts';

/** Debian's interpreter, for which python3-celery is installed. */
export const PYTHON = '/usr/bin/python3';
const CLIENT = fileURLToPath(new URL('python-client.py', import.meta.url));
const START_MS = 40_000;
const ANSWER_MS = 60_000;

/** Where a Python program finds its broker and its results, and what it defines. */
export interface PythonOptions {
  readonly brokerUrl: string;
  readonly backendUrl: string;
  /** Python that sees `app`, such as `@app.task` and a function under it. */
  readonly source?: string;
  /** The name under which `source` is imported: its tasks are `<module>.<function>`. */
  readonly module?: string;
}

/** Runs Python's own text to its end. @returns what it printed; rejects with its stderr if it fails. */
export async function runPython(
  source: string,
  { env }: { env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const options = { env: { ...process.env, ...env }, timeout: ANSWER_MS };
  const { stdout } = await promisify(execFile)(PYTHON, ['-c', source], options);
  return stdout;
}

/** Starts a worker of Python's Celery with one slot, and waits until it is ready for tasks. */
export async function startPythonWorker({
  brokerUrl,
  backendUrl,
  source = '',
  module = 'tasks',
  queues = ['celery'],
}: PythonOptions & { readonly queues?: readonly string[] }): Promise<RunningProgram> {
  const folder = tempDir();
  const app = `Celery('${module}', broker='${brokerUrl}', backend='${backendUrl}')`;
  const text = `from celery import Celery\n\napp = ${app}\n\n${source}\n`;
  writeFileSync(join(folder, `${module}.py`), text);
  const worker = startProgram(
    PYTHON,
    // biome-ignore format: a command line
    ['-m', 'celery', '-A', module, 'worker', '-P', 'solo', '-Q', queues.join(','), '-l', 'INFO', '-n', 'python@%h'],
    { cwd: folder, env: celeryEnv(brokerUrl, backendUrl) },
  );
  await worker.waitForLine(/ ready\.$/, START_MS);
  return worker;
}

/** Starts a Python program that calls tasks and reads results at our word. */
export async function startPythonClient(options: PythonOptions): Promise<PythonClient> {
  const { brokerUrl, backendUrl, source = '', module = 'tasks' } = options;
  const file = join(tempDir(), 'source.py');
  writeFileSync(file, source);
  const program = startProgram(PYTHON, [CLIENT, file], {
    env: { ...celeryEnv(brokerUrl, backendUrl), PYTHON_MODULE: module },
  });
  await program.waitForLine(/^{"value": "ready"}$/, START_MS);
  return new PythonClient(program);
}

function celeryEnv(brokerUrl: string, backendUrl: string): NodeJS.ProcessEnv {
  return {
    CELERY_BROKER_URL: brokerUrl,
    CELERY_RESULT_BACKEND: backendUrl,
    // the worker warns about root otherwise, and prints the warning over its lines
    C_FORCE_ROOT: '1',
    PYTHONUNBUFFERED: '1',
    PYTHONWARNINGS: 'ignore',
  };
}

/** An exception that Python's Celery raised at a client's call. */
export class PythonError extends Error {
  /** The class's name, such as `TimeoutError`. */
  readonly type: string;
  constructor(type: string, message: string) {
    super(`${type}: ${message}`);
    this.name = 'PythonError';
    this.type = type;
  }
}

/**
 * Python's Celery as a client. Calls are answered one after the other, so a `get` that waits holds
 * up those made after it. A call that raises in Python rejects with a `PythonError`.
 */
export class PythonClient {
  readonly #program: RunningProgram;
  #last: Promise<unknown> = Promise.resolve();

  constructor(program: RunningProgram) {
    this.#program = program;
  }

  /** Sends a task by name. @param options - `apply_async`'s, in Python's names. @returns its id. */
  call(
    task: string,
    args: readonly unknown[] = [],
    { kwargs = {}, ...options }: Record<string, unknown> & { kwargs?: object } = {},
  ): Promise<string> {
    return this.#ask('call', { task, args, kwargs, options });
  }

  /**
   * Applies a canvas written in Python, such as `chain(sig('a.add', 1, 2), sig('b.add', 3))`.
   * @returns the id of its last task or of its group, which `get` knows.
   */
  apply(expression: string, options: Record<string, unknown> = {}): Promise<string> {
    return this.#ask('apply', { expression, options });
  }

  /** Waits for a result as Python's `get` does; what is not JSON comes as its `repr`. */
  get(taskId: string, { timeout = 20 }: { timeout?: Seconds } = {}): Promise<unknown> {
    return this.#ask('get', { task_id: taskId, timeout });
  }

  state(taskId: string): Promise<string> {
    return this.#ask('state', { task_id: taskId });
  }

  /** Evaluates Python that sees `app`, `sig`, `si`, `chain`, `group`, `chord` and `result_of(id)`. */
  evaluate(expression: string): Promise<unknown> {
    return this.#ask('evaluate', { expression });
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }

  /** One at a time: the next line after a request is its answer. */
  #ask<T>(op: string, parameters: object): Promise<T> {
    const answer = this.#last.then(async () => {
      const from = this.#program.lines.length;
      this.#program.writeLine(JSON.stringify({ op, with: parameters }));
      const [line] = await this.#program.waitForLine(/^{"(value|error)": .*/, ANSWER_MS, from);
      const { value, error } = JSON.parse(line);
      if (error) throw new PythonError(error.type, error.message);
      return value as T;
    });
    this.#last = answer.catch(() => {});
    return answer;
  }
}
