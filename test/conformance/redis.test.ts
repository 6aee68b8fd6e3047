import { Redis } from 'ioredis';
import { useRedis } from '../support/redis.ts';
import { backendConformance } from './backend.ts';
import type { StoreUnderTest } from './harness.ts';
import { transportConformance } from './transport.ts';

const redis = useRedis();

transportConformance('Redis', openStore);
backendConformance('Redis', openStore);

async function openStore(): Promise<StoreUnderTest> {
  const { url } = redis();
  const client = new Redis(url);
  return {
    url,
    putRaw: async (queue, payload) => {
      await client.lpush(queue, payload);
    },
    deadLetters: async (queue) => {
      const payloads = await client.lrange(`${queue}.dead`, 0, -1);
      const infos = Object.values(await client.hgetall(`${queue}.dead.info`));
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
    close: async () => client.disconnect(),
  };
}
