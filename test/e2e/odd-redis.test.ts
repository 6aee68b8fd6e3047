import { Redis } from 'ioredis';
import { everywhere } from '../support/odd-all.ts';
import { noText } from '../support/odd-rows.ts';
import { survives } from '../support/odd-suite.ts';
import { startRedis } from '../support/redis.ts';

survives([...everywhere, ...noText], async () => {
  const { url } = await startRedis();
  const client = new Redis(url);
  return {
    url,
    putRaw: async (queue, payload) => void (await client.lpush(queue, payload)),
    close: async () => client.disconnect(),
  };
});
