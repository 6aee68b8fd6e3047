import type { BackendOptions, ResultReader } from '../backends/index.ts';
import type { ResultTuple } from '../protocol/index.ts';
import type { Transport, TransportOptions } from '../transports/index.ts';
import type { Logger, Millis } from '../util/index.ts';
import type { App } from './app.ts';
import type { TaskContext } from './context.ts';
import { currentRun } from './run/running-task.ts';

/** The task on whose behalf the current code runs. */
export interface CurrentTask {
  readonly app: App;
  readonly id: string;
  readonly name: string;
  readonly rootId: string;
  readonly context: TaskContext;
  readonly priority?: number;
  /** Notes that the task sent something, for the `children` of its result. */
  addChild(result: ResultTuple): void;
}

/**
 * What surrounds the apps of this thread. In a program hardly anything does; a worker's executor sets it, so that
 * what tasks send and wait for goes through the main thread's connections.
 */
export interface Runtime {
  /** Whether user modules are loaded by a worker or a command, so that none of them is the program. */
  readonly isHosted: boolean;
  readonly openTransport?: (url: string, options: TransportOptions) => Promise<Transport>;
  readonly openBackend?: (url: string, options: BackendOptions) => Promise<ResultReader>;
  readonly currentTask?: () => CurrentTask | undefined;
  /** When the worker began whose executor this thread is, maybe in place of another one; undefined anywhere else. */
  readonly startedMs?: Millis;
  /** What task loggers write through; a logger of their own on standard error if not given. */
  readonly logger?: Logger;
}

let current: Runtime = { isHosted: false, currentTask: () => currentRun.getStore() };

/** Called once per thread, before any user module is loaded. */
export function setRuntime(runtime: Runtime): void {
  current = runtime;
}

/** What surrounds the apps of this thread now. */
export function runtime(): Runtime {
  return current;
}

/** The context of the task on whose behalf the current code runs, across its awaits; undefined if none does. */
export function currentTask(): TaskContext | undefined {
  return current.currentTask?.()?.context;
}
