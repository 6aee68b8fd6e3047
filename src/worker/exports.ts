/** What programs get from `celeriac/worker`; other folders have more, through `index.ts`. */
export type { BannerFacts, WorkerOptions } from './options.ts';
export { Worker } from './worker.ts';
