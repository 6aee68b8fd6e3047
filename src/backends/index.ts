export type { BackendOptions, ResultBackend, ResultReader } from './backend.ts';
export type { ChordCounts, ChordStore, GroupStore, GroupWriter } from './chord-store.ts';
export { cannotCountChords, countsChords } from './counting.ts';
export { openBackend } from './registry.ts';
