export { openRedisBackend } from './open.ts';
