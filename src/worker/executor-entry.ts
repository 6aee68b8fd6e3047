import { parentPort, workerData } from 'node:worker_threads';
import { currentRun, loadApps, Runner, setRuntime } from '../app/index.ts';
import { summaryOf } from '../errors.ts';
import { ExecutorPort } from '../pool/index.ts';
import { createLogger, type LogLevel, type Millis, systemClock } from '../util/index.ts';
import { PortBackend, PortTransport } from './executor-calls.ts';
import { servedTasks } from './served-tasks.ts';

/** What a worker tells the threads it starts. */
export interface ExecutorData {
  readonly number: number;
  readonly slots: number;
  readonly states: Int32Array;
  /** The user's module, as given with -A. */
  readonly module: string;
  /** More modules, as given with --include. */
  readonly include: readonly string[];
  readonly nodeName: string;
  readonly logLevel: LogLevel;
  /** When the worker began. */
  readonly startedMs: Millis;
  /** Whether the parts of chords are counted where results are kept. */
  readonly countsChords: boolean;
}

/** The life of an executor thread: load the user's module, then run what comes over the port. */
async function main(port: ExecutorPort, data: ExecutorData): Promise<void> {
  const logger = createLogger({ level: data.logLevel, name: `thread-${data.number + 1}` });
  setRuntime({
    isHosted: true,
    logger,
    startedMs: data.startedMs,
    openTransport: async (url) => new PortTransport(port, url),
    openBackend: async (url) => new PortBackend(port, url, data),
    currentTask: () => currentRun.getStore(),
  });
  const apps = await loadApps(data.module, data.include);
  const runner = new Runner({
    tasks: servedTasks(apps),
    nodeName: data.nodeName,
    logger,
    clock: systemClock,
    countsChords: data.countsChords,
    onStarted: (job) => void port.call({ op: 'started', tag: job.tag }),
    store: async ({ app }, meta, tag) => {
      const url = app.settings.resultBackend;
      if (url !== null) await port.call({ op: 'store', url, meta, tag });
    },
  });
  port.serve({
    slots: data.slots,
    states: data.states,
    run: runner.run,
    abort: (reason) => runner.abort(reason),
    stop: () => process.exit(0),
  });
}

if (parentPort) {
  const port = new ExecutorPort(parentPort);
  main(port, workerData as ExecutorData).catch((error: unknown) => {
    port.fail(summaryOf(error));
  });
}
