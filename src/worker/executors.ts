import { type AnyTask, type Celery, Runner } from '../app/index.ts';
import { type ExecutorFactory, InlineExecutor, ThreadExecutor } from '../pool/index.ts';
import type { Clock, Logger, LogLevel } from '../util/index.ts';
import { callAnswerer, type StateWatch } from './call-answerer.ts';
import type { ExecutorData } from './executor-entry.ts';
import type { PoolShape } from './options.ts';

/** What executors are made from. */
export interface ExecutorPlan extends StateWatch {
  readonly shape: PoolShape;
  readonly apps: readonly Celery[];
  /** Their tasks, for an executor in the main thread; others find them themselves. */
  readonly tasks: ReadonlyMap<string, AnyTask>;
  readonly module: string;
  readonly include: readonly string[];
  readonly nodeName: string;
  readonly logger: Logger;
  readonly logLevel: LogLevel;
  readonly clock: Clock;
  /** Whether the parts of chords are counted where results are kept. */
  readonly countsChords: boolean;
  /** Of the jitter in automatic retries; in [0, 1), default: Math.random. */
  readonly random?: () => number;
}

/** Makes the executors of a worker: threads that load the user's module again, or the main thread itself. */
export function createExecutorFactory(plan: ExecutorPlan): ExecutorFactory {
  if (plan.shape.kind === 'solo') return inlineFactory(plan);
  const entry = new URL('./executor-entry.js', import.meta.url);
  const answer = callAnswerer(plan.apps, plan);
  const { module, include, nodeName, logLevel, clock, countsChords } = plan;
  const startedMs = clock.now();
  return ({ number, slots, states }) => {
    const data: ExecutorData = {
      number,
      slots,
      states,
      module,
      include,
      nodeName,
      logLevel,
      startedMs,
      countsChords,
    };
    return new ThreadExecutor({ entry, data: { ...data }, answer });
  };
}

function inlineFactory(plan: ExecutorPlan): ExecutorFactory {
  const { tasks, nodeName, logger, clock, random, onStarted, onState, countsChords } = plan;
  return ({ slots, states }) => {
    const runner = new Runner({
      ...{ tasks, nodeName, logger, clock, countsChords },
      ...(random && { random }),
      onStarted: (job) => onStarted(job.tag),
      store: async (task, meta, tag) => {
        await onState(tag);
        const backend = await task.app.storingBackend();
        await backend?.apply([backend.write(meta)]);
      },
    });
    return new InlineExecutor({
      slots,
      states,
      run: runner.run,
      abort: (reason) => runner.abort(reason),
    });
  };
}
