export type { Executor, ExecutorEvents, ExecutorFactory } from './executor.ts';
export type { RunJob } from './executor-loop.ts';
export { ExecutorPort } from './executor-port.ts';
export { InlineExecutor } from './inline-executor.ts';
export type { Job } from './job.ts';
export { bareOutcome, type Outcome, type Replacement, type RetryRequest } from './outcome.ts';
export { Pool } from './pool.ts';
export { ThreadExecutor } from './thread-executor.ts';
