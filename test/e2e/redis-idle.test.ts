import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openBackend } from '../../src/backends/index.ts';
import { aMessage, soonEnough } from '../support/messages.ts';
import { useRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport, settle } from '../support/transports.ts';
import { until } from '../support/waits.ts';

const redis = useRedis();

const clientsOf = async (type: string): Promise<number> =>
  (await redis().cli('CLIENT', 'LIST', 'TYPE', type)).split('\n').filter((line) => line).length;

test('an idle worker with its backend has three connections and costs less than two commands a second', async () => {
  const url = redis().url;
  const consumer = await consumeFrom(await openTestTransport(url));
  const backend = await openBackend(url, {
    ...{ expiresMs: 60_000, connectTimeoutMs: 4_000, jsonTypes: 'typed' },
  });
  await settle(consumer, url);
  await until(async () => (await clientsOf('normal')) >= 3, {
    ...{ deadlineMs: 5_000, what: 'the connection that renews' },
  });
  expect(await backend.find('nothing')).toBeUndefined();
  await until(async () => (await redis().cli('ZCARD', 'celeriac.leases')) === '0', {
    ...{ deadlineMs: 15_000, what: 'the lease to be given up' },
  });

  await redis().cli('CONFIG', 'RESETSTAT');
  await sleep(10_000);
  const stats = await redis().cli('INFO', 'commandstats');
  const calls = [...stats.matchAll(/cmdstat_(\S+?):calls=(\d+)/g)].filter(
    ([, name]) => name !== 'config|resetstat',
  );
  const sum = calls.reduce((total, [, , count]) => total + Number(count), 0);

  expect(sum / 10, stats).toBeLessThan(2);
  // redis-cli is one of the normal ones
  expect([await clientsOf('normal'), await clientsOf('pubsub')]).toEqual([3, 1]);
  expect(consumer.consumer.connections).toBe(3);
  await backend.close();
});

test('a producer has one connection', async () => {
  const transport = await openTestTransport(redis().url);

  await transport.publish([aMessage('a')], soonEnough());

  expect([await clientsOf('normal'), await clientsOf('pubsub')]).toEqual([2, 0]);
});
