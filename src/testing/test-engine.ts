import {
  backendOptions,
  type Celery,
  isPlainQueue,
  TaskPolicies,
  transportOptions,
} from '../app/index.ts';
import { openBackend, type ResultBackend } from '../backends/index.ts';
import { type Consumer, openTransport, type Transport } from '../transports/index.ts';
import { createLogger, type LogLevel } from '../util/index.ts';
import {
  assembleEngine,
  type Engine,
  type EngineLog,
  servedTasks,
  TaskLog,
} from '../worker/index.ts';
import type { VirtualTime } from './virtual-time.ts';
import { type StoreWatch, WatchedConsumer } from './watched-stores.ts';

/** What a kit's engine runs with. */
export interface TestEngineParts {
  readonly app: Celery;
  readonly url: string;
  readonly time: VirtualTime;
  readonly watch: StoreWatch;
  readonly logLevel: LogLevel | undefined;
  readonly log: EngineLog;
  /** All queues that were ever sent to; it grows. */
  readonly queues: readonly string[];
}

/** So many tasks may run at once: one may wait for others, as it may where several workers run. */
const SLOTS = 100;
/** Full jitter at its longest, so that automatic retries come at times that a test can name. */
const NO_JITTER = () => 1 - Number.EPSILON;

/** How long tasks that still run have when a kit is closed. */
const ABORT_GRACE_MS = 1_000;

/** The worker inside a kit: a real engine over the kit's store, whose tasks run in this thread. */
export class TestEngine {
  readonly transport: Transport;
  readonly #engine: Engine;
  readonly #consumer: Consumer;
  readonly #backend: ResultBackend | null;

  constructor(parts: {
    transport: Transport;
    engine: Engine;
    consumer: Consumer;
    backend: ResultBackend | null;
  }) {
    this.transport = parts.transport;
    this.#engine = parts.engine;
    this.#consumer = parts.consumer;
    this.#backend = parts.backend;
  }

  get backend(): ResultBackend | null {
    return this.#backend;
  }

  get isQuiet(): boolean {
    return this.#engine.isQuiet;
  }

  wake(): void {
    this.#engine.wake();
  }

  /** Aborts what still runs, and lets go of everything. */
  async stop(): Promise<void> {
    await this.#engine.halt();
    this.#engine.abort('the test kit was closed');
    await this.#engine.idle(AbortSignal.timeout(ABORT_GRACE_MS));
    await this.#engine.stop(AbortSignal.timeout(ABORT_GRACE_MS));
    await Promise.all([this.#consumer.close(), this.transport.close(), this.#backend?.close()]);
  }
}

/** Opens the store and starts an engine on it. */
export async function startTestEngine(parts: TestEngineParts): Promise<TestEngine> {
  const { app, url, time, watch, queues } = parts;
  const { settings } = app;
  const nodeName = 'celeriac@test';
  const logger = createLogger({ level: parts.logLevel ?? 'ERROR', clock: time });
  // in the order given, as the list of queues grows
  const options = { ...transportOptions(settings), queueOrderStrategy: 'priority' } as const;
  const transport = await openTransport(url, options);
  const { resultBackend } = settings;
  const backend =
    resultBackend === null ? null : await openBackend(url, backendOptions(settings, app.replyTo));
  let engine: Engine | undefined;
  const consumer = new WatchedConsumer(
    await transport.consume({
      declare: app.router.queues.all.filter((queue) => !isPlainQueue(queue)),
      ...{ queues, nodeName, onWake: () => engine?.wake() },
      onComplete: (chords) => engine?.fire(chords),
      onNotice: (level, text) => (level === 'info' ? logger.debug(text) : logger.error(text)),
    }),
    watch,
  );
  const tasks = watch.faults.around(servedTasks([app]));
  engine = assembleEngine({
    ...{ app, apps: [app], module: '', include: [], tasks, nodeName, logger, time },
    shape: { kind: 'solo', executors: 1, slotsEach: SLOTS },
    stores: { transport, backend, consumer, isOneStore: backend !== null, isOneBroker: true },
    ...{ log: parts.log, logLevel: parts.logLevel ?? 'ERROR', random: NO_JITTER },
  });
  await engine.start();
  return new TestEngine({ transport, engine, consumer, backend });
}

/** What a worker would log, for who wants to see it. */
export function loggedAt(app: Celery, level: LogLevel, time: VirtualTime): EngineLog {
  const policies = new TaskPolicies(app.tasks, app.settings);
  const logger = createLogger({ level, clock: time });
  return new TaskLog(logger, time, (task) => policies.shownMax(task));
}
