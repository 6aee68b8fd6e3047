import type { Transport, TransportOptions } from '../transport.ts';
import { RedisTransport } from './redis-transport.ts';

/** Opens the queues of a Redis; connects when it is first used. @throws ConfigError */
export async function openRedisTransport(
  url: string,
  options: TransportOptions,
): Promise<Transport> {
  return new RedisTransport(url, options);
}
