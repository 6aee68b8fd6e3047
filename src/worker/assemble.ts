import { type AnyTask, type Celery, readingOfAll, TaskPolicies } from '../app/index.ts';
import { countsChords, type ResultBackend } from '../backends/index.ts';
import type { Consumer, Transport } from '../transports/index.ts';
import type { Logger, Time } from '../util/index.ts';
import { Engine } from './engine.ts';
import type { EngineParts } from './engine-parts.ts';
import { createExecutorFactory, type ExecutorPlan } from './executors.ts';
import type { PoolShape } from './options.ts';
import { type EngineLog, TaskLog } from './task-log.ts';
import { UncountedChords } from './uncounted-chords.ts';

/** What a worker has opened. */
export interface WorkerStores {
  readonly transport: Transport;
  /** null: results are off. */
  readonly backend: ResultBackend | null;
  readonly consumer: Consumer;
  /** Whether the broker's commit can write the results too. */
  readonly isOneStore: boolean;
  /** Whether messages are sent to the broker that they are taken from. */
  readonly isOneBroker: boolean;
}

/** What an engine is put together from. */
export interface Assembly
  extends Omit<ExecutorPlan, 'onStarted' | 'onState' | 'clock' | 'countsChords'> {
  /** Whose settings hold. */
  readonly app: Celery;
  readonly stores: WorkerStores;
  readonly shape: PoolShape;
  readonly tasks: ReadonlyMap<string, AnyTask>;
  readonly logger: Logger;
  readonly time: Time;
  /** Who is told what happens to tasks; default: the logger. */
  readonly log?: EngineLog;
}

/** An engine that runs an app's tasks as its settings say. */
export function assembleEngine(assembly: Assembly): Engine {
  const { app, stores, tasks, nodeName, logger, time, shape } = assembly;
  const { settings } = app;
  const policies = new TaskPolicies(tasks, settings);
  const onStarted = (tag: string) => engine.started(tag);
  const onState = (tag: string) => engine.overtakeStart(tag);
  const told = { onStarted, onState, countsChords: countsChords(stores.backend) };
  const executors = { ...assembly, clock: time, ...told };
  const uncounted = new UncountedChords(logger);
  const parts: EngineParts = {
    ...stores,
    app,
    policies,
    results: {
      ...{ backend: stores.backend, isExtended: settings.resultExtended, nodeName },
      reading: readingOfAll(assembly.apps),
      onUncounted: (part) => uncounted.note(part),
    },
    log: assembly.log ?? new TaskLog(logger, time, (task) => policies.shownMax(task)),
    logger,
    time,
    shape,
    prefetchMultiplier: settings.workerPrefetchMultiplier,
    unknownRetryForMs: settings.taskUnknownRetryFor * 1000,
    createExecutor: createExecutorFactory(executors),
  };
  const engine = new Engine(parts);
  return engine;
}
