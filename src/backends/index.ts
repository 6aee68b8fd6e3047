export type { BackendOptions, ResultBackend, ResultReader } from './backend.ts';
export { openBackend } from './registry.ts';
