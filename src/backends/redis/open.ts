import type { BackendOptions, ResultBackend } from '../backend.ts';
import { RedisBackend } from './redis-backend.ts';

/** Opens the results in a Redis; connects when it is first used. @throws ConfigError */
export async function openRedisBackend(
  url: string,
  options: BackendOptions,
): Promise<ResultBackend> {
  return new RedisBackend(url, options);
}
