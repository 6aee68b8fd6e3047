export { openRedisTransport } from './open.ts';
