export { addMemoryStore, dropMemoryStore, MemoryStore, memoryStore } from './store.ts';
