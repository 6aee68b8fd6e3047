import { fileURLToPath } from 'node:url';
import { type RunningProgram, startProgram } from './process.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const TASKS = fileURLToPath(new URL('../fixtures/tasks.ts', import.meta.url));
const START_MS = 20_000;

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

/** Starts the `celeriac` command. */
export function runCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningProgram {
  return startProgram(process.execPath, [CLI, ...args], { env });
}
