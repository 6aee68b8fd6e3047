export { type Assembly, assembleEngine, type WorkerStores } from './assemble.ts';
export { Engine } from './engine.ts';
export type { BannerFacts, WorkerOptions } from './options.ts';
export { servedTasks } from './served-tasks.ts';
export { type EngineLog, TaskLog } from './task-log.ts';
export { Worker } from './worker.ts';
