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
    close: async () => client.disconnect(),
  };
}
