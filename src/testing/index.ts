export type { TestAppOptions } from './options.ts';
export type { SentTask } from './sent-tasks.ts';
export type { Span } from './span.ts';
export type { RunState, TaskRun } from './task-runs.ts';
export { createTestApp, type TestKit } from './test-kit.ts';
