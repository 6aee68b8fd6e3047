import { fileURLToPath } from 'node:url';
import { Worker } from 'celeriac/worker';
import { createLogger } from '../../src/util/index.ts';
import { type RunningProgram, startProgram } from './process.ts';

/** The file that `celeriac` runs. */
export const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const TASKS = fileURLToPath(new URL('../fixtures/tasks.ts', import.meta.url));
const START_MS = 40_000;

/** Where a worker under test takes its tasks from, and how it is started. */
export interface WorkerSetup {
  readonly brokerUrl: string;
  readonly backendUrl?: string;
  /** The module given with -A; the fixture's tasks if not. */
  readonly module?: string;
  /** More of the command line, such as `['-P', 'solo']`. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts `celeriac worker` as a process, and waits until it takes tasks. */
export async function startWorker(setup: WorkerSetup): Promise<RunningProgram> {
  const { brokerUrl, backendUrl = brokerUrl, module = TASKS, args = [], env = {} } = setup;
  const program = runCli(['-A', module, 'worker', '-l', 'INFO', ...args], {
    CELERY_BROKER_URL: brokerUrl,
    CELERY_RESULT_BACKEND: backendUrl,
    ...env,
  });
  await program.waitForLine(/ready/, START_MS);
  return program;
}

/**
 * Starts a worker with the fixture's tasks in this process, as a program with a store in memory does. The process
 * can have one at a time: its tasks' app is told of the store by the environment.
 */
export async function startWorkerInside(setup: {
  readonly url: string;
  readonly pool: 'threads' | 'async' | 'solo';
  readonly concurrency: number;
}): Promise<{ stop(): Promise<void> }> {
  const { url, ...options } = setup;
  const environment = { CELERY_BROKER_URL: url, CELERY_RESULT_BACKEND: url };
  Object.assign(process.env, environment);
  const { app } = await import('../fixtures/tasks.ts');
  const logger = createLogger({ level: 'CRITICAL' });
  const worker = new Worker({ apps: [app], module: TASKS, logger, ...options });
  await worker.start();
  return {
    stop: async () => {
      await worker.stop();
      for (const name of Object.keys(environment)) delete process.env[name];
    },
  };
}

/** Starts the `celeriac` command. */
export function runCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningProgram {
  return startProgram(process.execPath, [CLI, ...args], { env });
}
