import { Redis } from 'ioredis';
import type { RedisServer } from '../support/redis.ts';
import type { StorePlaces, StoreUnderTest } from './harness.ts';

/** Who uses a Redis under test, and with which prefixes; nothing said is the default user without any. */
export interface RedisUse {
  /** `user:password@` of a URL. */
  readonly who?: string;
  readonly keyprefix?: string;
  readonly places?: StorePlaces;
  /** Called when the test is over. */
  readonly onClose?: (client: Redis) => Promise<void>;
}

/** A Redis for the conformance suites. */
export function redisStore(
  server: RedisServer,
  { who = '', keyprefix = '', places, onClose }: RedisUse = {},
): StoreUnderTest {
  const client = new Redis(server.url);
  return {
    url: server.url.replace('//', `//${who}`),
    ...(places && { places }),
    putRaw: async (queue, payload) => {
      await client.lpush(`${keyprefix}${queue}`, payload);
    },
    deadLetters: async (queue) => {
      const payloads = await client.lrange(`${keyprefix}${queue}.dead`, 0, -1);
      const infos = Object.values(await client.hgetall(`${keyprefix}${queue}.dead.info`));
      return payloads.map((payload, index) => ({ payload, info: infos[index] ?? '' }));
    },
    traces: async (text) => {
      const traces: string[] = [];
      for (const key of await client.keys('*')) {
        const kind = await client.type(key);
        const parts = [key];
        if (kind === 'list') parts.push(...(await client.lrange(key, 0, -1)));
        if (kind === 'set') parts.push(...(await client.smembers(key)));
        if (kind === 'zset') parts.push(...(await client.zrange(key, '0', '-1')));
        if (kind === 'hash') parts.push(...Object.values(await client.hgetall(key)));
        // they say that something was, and expire soon
        if (/\.(idle|seen)\./.test(key)) continue;
        traces.push(...parts.filter((part) => part.includes(text)));
      }
      return traces;
    },
    close: async () => {
      await onClose?.(client);
      client.disconnect();
    },
  };
}
