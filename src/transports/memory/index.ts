export { openMemoryTransport } from './transport.ts';
