export { openMemoryBackend } from './backend.ts';
