import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { useRedis } from '../support/redis.ts';
import { backendConformance } from './backend.ts';
import type { StoreUnderTest } from './harness.ts';
import { redisStore } from './redis-store.ts';
import { transportConformance } from './transport.ts';

const keyprefix = 'app[1]:';
const resultKeyprefix = 'results_';
const places = {
  transport: { layout: { globalKeyprefix: keyprefix, resultKeyprefix } },
  backend: { keyprefix: resultKeyprefix },
};

const redis = useRedis();

/** A Redis whose user may touch no key without one of the prefixes. */
async function openStore(): Promise<StoreUnderTest> {
  const rights = ['on', '>pw', '~app?1?:*', '~results_*', '&*', '+@all'];
  await redis().cli('ACL', 'SETUSER', 'app', 'reset', ...rights);
  await redis().cli('ACL', 'LOG', 'RESET');
  return redisStore(redis(), { who: 'app:pw@', keyprefix, places, onClose: expectPrefixes });
}

async function expectPrefixes(client: Redis): Promise<void> {
  const denied = (await client.call('acl', ['log'])) as unknown[];
  expect(denied).toEqual([]);
  const others = (await client.keys('*')).filter(
    (key) => !key.startsWith(keyprefix) && !key.startsWith(resultKeyprefix),
  );
  expect(others).toEqual([]);
}

transportConformance('Redis with key prefixes', openStore);
backendConformance('Redis with key prefixes', openStore);
