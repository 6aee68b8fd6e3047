import { availableParallelism, hostname } from 'node:os';
import type { Celery } from '../app/index.ts';
import type { Settings } from '../config/index.ts';
import type { Logger, LogLevel } from '../util/index.ts';

/** What a worker is started with; what is left out comes from the first app's settings. */
export interface WorkerOptions {
  /** Whose tasks are served; the settings of the first one hold. */
  readonly apps: readonly Celery[];
  /** The module the apps came from, as given with -A: executors load it again. */
  readonly module: string;
  /** Task modules beside those that the apps' settings name, as given with --include. */
  readonly include?: readonly string[];
  /** Default: all of `taskQueues`, or the default queue. */
  readonly queues?: readonly string[];
  readonly excludeQueues?: readonly string[];
  readonly concurrency?: number;
  readonly pool?: Settings['workerPool'];
  /** Default: `celeriac@<host>`. */
  readonly nodeName?: string;
  readonly logLevel?: LogLevel;
  /** Default: one of level `logLevel`, or WARNING, on standard error. */
  readonly logger?: Logger;
}

/** What the banner says about a started worker. URLs carry no passwords. */
export interface BannerFacts {
  readonly nodeName: string;
  readonly app: string;
  readonly version: string;
  readonly broker: string;
  /** null: results are off. */
  readonly backend: string | null;
  readonly queues: readonly string[];
  readonly pool: Settings['workerPool'];
  readonly concurrency: number;
  readonly ackMode: 'late' | 'early';
  readonly connections: number;
  readonly tasks: readonly string[];
}

/** The form a worker's pool takes. */
export interface PoolShape {
  readonly kind: Settings['workerPool'];
  readonly executors: number;
  readonly slotsEach: number;
}

const ASYNC_SLOTS = 100;

/** How many executors of how many slots. */
export function poolShape(options: WorkerOptions, settings: Settings): PoolShape {
  const kind = options.pool ?? settings.workerPool;
  const wanted = options.concurrency ?? settings.workerConcurrency;
  switch (kind) {
    case 'threads':
      return { kind, executors: wanted || availableParallelism(), slotsEach: 1 };
    case 'async':
      return { kind, executors: 1, slotsEach: wanted || ASYNC_SLOTS };
    case 'solo':
      return { kind, executors: 1, slotsEach: 1 };
  }
}

/** The name a worker goes by when it is given none. */
export function defaultNodeName(): string {
  return `celeriac@${hostname()}`;
}
