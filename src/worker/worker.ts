import {
  type Celery,
  checkSecurity,
  currentRun,
  isBuiltin,
  isPlainQueue,
  type Runtime,
  readUrlOf,
  runtime,
  setRuntime,
  VERSION,
} from '../app/index.ts';
import type { ResultBackend } from '../backends/index.ts';
import { BrokerUnavailableError, CeleriacError, summaryOf } from '../errors.ts';
import type { QueueSpec } from '../protocol/index.ts';
import type { Consumer, Transport } from '../transports/index.ts';
import { createLogger, type Logger, type Millis, redactUrl, systemTime } from '../util/index.ts';
import { assembleEngine, type WorkerStores } from './assemble.ts';
import type { Engine } from './engine.ts';
import { type BannerFacts, defaultNodeName, poolShape, type WorkerOptions } from './options.ts';
import { pause } from './persist.ts';
import { servedTasks } from './served-tasks.ts';

/** How long aborted tasks have to come to an end, and then the last completions to be written. */
const ABORT_GRACE_MS: Millis = 1_000;
const FLUSH_MS: Millis = 3_000;
const CONNECT_RETRY_MS: Millis = 1_000;
/** Nothing happens then: a timer only keeps the process alive, whatever the broker does about that. */
const ALIVE_MS: Millis = 3_600_000;

/** A running worker: takes tasks from queues and runs them until it is stopped. */
export class Worker {
  /** Resolves once it has stopped and holds nothing any more; rejects with the reason if nobody told it to stop. */
  readonly finished: Promise<void>;
  readonly #options: WorkerOptions;
  readonly #app: Celery;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #hurry = new AbortController();
  #finish: (failure: Error | undefined) => void = () => {};
  #failure: Error | undefined;
  #engine: Engine | undefined;
  #consumer: Consumer | undefined;
  #banner: BannerFacts | undefined;
  #stopped: Promise<void> | undefined;
  #alive: NodeJS.Timeout | undefined;
  /** What it puts around the apps of this thread while it runs, and what was there before. */
  #runtime: Runtime | undefined;
  #around: Runtime | undefined;

  /** @throws CeleriacError if there is no app to serve. */
  constructor(options: WorkerOptions) {
    const [app] = options.apps;
    if (!app) throw new CeleriacError('CONFIG_INVALID', 'a worker needs at least one app');
    this.#options = options;
    this.#app = app;
    this.#logger = options.logger ?? createLogger({ level: options.logLevel ?? 'WARNING' });
    this.finished = new Promise((resolve, reject) => {
      this.#finish = (failure) => (failure ? reject(failure) : resolve());
    });
    this.finished.catch(() => {}); // whoever waits for it is told
  }

  /** What it turned out to be. @throws CeleriacError before `start` has resolved. */
  get banner(): BannerFacts {
    if (!this.#banner) throw new CeleriacError('CONFIG_INVALID', 'the worker has not started');
    return this.#banner;
  }

  /**
   * Loads the task modules of its apps, connects, starts the executors, and takes the first tasks. Keeps trying while the broker is absent.
   * @throws BrokerRefusedError for wrong credentials, ModuleLoadError for a module that cannot be loaded.
   */
  async start(): Promise<void> {
    const logger = this.#logger;
    this.#alive = setInterval(() => {}, ALIVE_MS);
    this.#around = runtime();
    this.#runtime = { isHosted: true, currentTask: () => currentRun.getStore(), logger };
    setRuntime(this.#runtime);
    try {
      const { apps, include } = this.#options;
      for (const app of apps) await app.importDefaultModules({ include });
      checkSecurity(apps);
      await this.#open();
    } catch (error) {
      await this.#close();
      throw error;
    }
  }

  /**
   * Takes no more tasks, returns what has not started, waits for what runs, then aborts and returns that too.
   * Called again, it waits no longer.
   * @param deadlineMs - default: the setting `workerShutdownTimeout`.
   */
  stop({ deadlineMs }: { deadlineMs?: Millis } = {}): Promise<void> {
    if (this.#stopped) this.#hurry.abort();
    this.#stopped ??= this.#stop(deadlineMs ?? this.#app.settings.workerShutdownTimeout * 1000);
    return this.#stopped;
  }

  async #open(): Promise<void> {
    const { settings, router } = this.#app;
    const { queues: include, excludeQueues: exclude, nodeName = defaultNodeName() } = this.#options;
    const direct = settings.workerDirect ? nodeName : undefined;
    const queues = router.queues.select({ include, exclude, direct });
    const transport = await this.#app.transport();
    const source = await this.#app.source();
    const backend = await this.#app.storingBackend();
    const consumer = await this.#connect(source, queues);
    if (!consumer) return;
    this.#consumer = consumer;
    const isOneStore = backend !== null && (await shareStore(source, backend));
    const isOneBroker = source === transport;
    await this.#run({ transport, backend, consumer, isOneStore, isOneBroker }, queues);
  }

  async #run(stores: WorkerStores, queues: readonly QueueSpec[]): Promise<void> {
    const { apps, logLevel = 'WARNING', module, include = [] } = this.#options;
    const logger = this.#logger;
    const { settings } = this.#app;
    const tasks = servedTasks(apps);
    const shape = poolShape(this.#options, settings);
    const nodeName = this.#options.nodeName ?? defaultNodeName();
    this.#engine = assembleEngine({
      ...{ app: this.#app, stores, shape, apps, tasks, module, include },
      ...{ nodeName, logger, logLevel, time: systemTime },
    });
    await this.#engine.start();
    this.#banner = {
      ...{ nodeName, version: VERSION, app: this.#app.name ?? '__main__' },
      queues: queues.map(({ name }) => name),
      broker: redactUrl(readUrlOf(settings)),
      backend: settings.resultBackend === null ? null : redactUrl(settings.resultBackend),
      pool: shape.kind,
      concurrency: shape.executors * shape.slotsEach,
      ackMode: settings.taskAcksLate ? 'late' : 'early',
      connections: stores.consumer.connections,
      tasks: [...tasks.keys()].filter((name) => !isBuiltin(name)).sort(),
    };
  }

  /** @returns undefined if the worker was stopped before the broker answered. */
  async #connect(source: Transport, queues: readonly QueueSpec[]): Promise<Consumer | undefined> {
    const { nodeName = defaultNodeName() } = this.#options;
    const logger = this.#logger;
    const write = { info: logger.info, warn: logger.warning, error: logger.error };
    const { brokerConnectionRetry, brokerConnectionRetryOnStartup: retries } = this.#app.settings;
    for (let failures = 1; !this.#stopping.signal.aborted; failures++) {
      try {
        return await source.consume({
          queues: queues.filter(({ isBroadcast }) => !isBroadcast).map(({ name }) => name),
          declare: queues.filter((queue) => !isPlainQueue(queue)),
          nodeName,
          onWake: () => this.#engine?.wake(),
          handOver: {
            startable: () => this.#engine?.startable ?? 0,
            onArrived: (claimed) => this.#engine?.take(claimed),
          },
          onNotice: (level, message) => write[level].call(logger, message),
          onLost: (error, count) => this.#lost(error, count),
          onComplete: (chords) => this.#engine?.fire(chords),
        });
      } catch (error) {
        if (!(error instanceof BrokerUnavailableError)) throw error;
        if (!(retries ?? brokerConnectionRetry) || this.#isEnough(failures)) throw error;
        logger.error(
          `${error.summary}; is it running? trying again every ${CONNECT_RETRY_MS / 1000} s`,
        );
        await pause(CONNECT_RETRY_MS, this.#stopping.signal);
      }
    }
    return undefined;
  }

  /** The broker is gone: whether to wait for it, the settings say. */
  #lost(error: BrokerUnavailableError, failures: number): void {
    if (this.#app.settings.brokerConnectionRetry && !this.#isEnough(failures)) return;
    if (this.#stopping.signal.aborted) return;
    this.#failure = error;
    this.#logger.error(`${error.summary}; waiting no longer, the worker stops`);
    this.stop().catch((reason: unknown) => {
      this.#logger.error(`stopping failed: ${summaryOf(reason)}`);
    });
  }

  #isEnough(failures: number): boolean {
    const most = this.#app.settings.brokerConnectionMaxRetries ?? 0;
    return most > 0 && failures > most;
  }

  async #stop(deadlineMs: Millis): Promise<void> {
    this.#stopping.abort();
    const engine = this.#engine;
    if (engine) {
      await engine.halt();
      const patience = AbortSignal.any([AbortSignal.timeout(deadlineMs), this.#hurry.signal]);
      await engine.idle(patience);
      if (patience.aborted) {
        engine.abort('the worker shuts down');
        await engine.idle(AbortSignal.timeout(ABORT_GRACE_MS));
      }
      await engine.stop(AbortSignal.timeout(FLUSH_MS));
    }
    await this.#close();
  }

  async #close(): Promise<void> {
    this.#stopping.abort();
    await this.#consumer?.close();
    await Promise.all(this.#options.apps.map((app) => app.close()));
    clearInterval(this.#alive);
    // unless somebody else has set another since
    if (this.#around && runtime() === this.#runtime) setRuntime(this.#around);
    this.#finish(this.#failure);
  }
}

async function shareStore(transport: Transport, backend: ResultBackend): Promise<boolean> {
  if (transport.store.kind !== backend.store.kind) return false;
  return (await transport.store.identity()) === (await backend.store.identity());
}
