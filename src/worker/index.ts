export type { BannerFacts, WorkerOptions } from './options.ts';
export { Worker } from './worker.ts';
