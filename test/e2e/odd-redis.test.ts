import { Redis } from 'ioredis';
import { captures, chains } from '../support/odd-captures.ts';
import { pickles } from '../support/odd-pickles.ts';
import { broken, entries, noText, odd, oldMessages, unreadable } from '../support/odd-rows.ts';
import { survives } from '../support/odd-suite.ts';
import { startRedis } from '../support/redis.ts';

survives(
  [
    ...captures,
    ...chains,
    ...entries,
    ...broken,
    ...unreadable,
    ...pickles,
    ...odd,
    ...noText,
    ...oldMessages,
  ],
  async () => {
    const { url } = await startRedis();
    const client = new Redis(url);
    return {
      url,
      putRaw: async (queue, payload) => void (await client.lpush(queue, payload)),
      close: async () => client.disconnect(),
    };
  },
);
