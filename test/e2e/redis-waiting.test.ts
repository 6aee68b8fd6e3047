import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openBackend } from '../../src/backends/index.ts';
import { encodeEnvelope } from '../../src/protocol/index.ts';
import { acksOf, aMessage, idsOf, soonEnough } from '../support/messages.ts';
import { useRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport, type TestConsumer } from '../support/transports.ts';
import { until } from '../support/waits.ts';

const redis = useRedis();

/** Waits until an idle consumer has had all its wakes, and the server tells it about the next push. */
async function settle({ consumer, gather, notices }: TestConsumer): Promise<void> {
  const transport = await openTestTransport(redis().url);
  for (const id of ['one', 'two']) {
    await transport.publish([aMessage(id)], soonEnough());
    await consumer.commit(acksOf(await gather(1, 5_000)));
    await consumer.claim(1);
  }
  await sleep(300);
  notices.length = 0;
}

/** Publishes by a connection that is none of the consumer's, and takes the time until it is claimed. */
async function pushAndClaim({ gather }: TestConsumer, deadlineMs: number): Promise<number> {
  const payload = encodeEnvelope(aMessage('pushed'), 'a tag');
  const pushed = performance.now();
  await redis().cli('LPUSH', 'celery', payload);
  expect(idsOf(await gather(1, deadlineMs))).toEqual(['pushed']);
  return performance.now() - pushed;
}

const clientsOf = async (type: string): Promise<number> =>
  (await redis().cli('CLIENT', 'LIST', 'TYPE', type)).split('\n').filter((line) => line).length;

/** Whether a client has the server tell the subscriber, the one that there is now. */
async function isTracked(): Promise<boolean> {
  const clients = await redis().cli('CLIENT', 'LIST');
  const [, subscriber] = /^id=(\d+) .* flags=P /m.exec(clients) ?? [];
  return clients
    .split('\n')
    .some((line) => / flags=t /.test(line) && line.includes(` redir=${subscriber} `));
}

test('an idle consumer is told of a push at once, by whomever', async () => {
  const consumer = await consumeFrom(await openTestTransport(redis().url));
  await settle(consumer);

  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    times.push(await pushAndClaim(consumer, 2_000));
    await consumer.consumer.claim(1);
  }

  // the safety poll alone would take half a second each; starting redis-cli is most of this
  expect(times.sort((a, b) => a - b)[2]).toBeLessThan(250);
});

test.each(['pubsub', 'normal'])(
  'a push wakes within two seconds though %s connections are cut',
  async (type) => {
    const consumer = await consumeFrom(await openTestTransport(redis().url));
    await settle(consumer);

    await redis().cli('CLIENT', 'KILL', 'TYPE', type);

    expect(await pushAndClaim(consumer, 3_000)).toBeLessThan(2_000);
    await until(isTracked, { deadlineMs: 2_000, what: 'the server to tell the new connection' });
  },
);

test('a push wakes after both connections were cut and came back one after the other', async () => {
  const consumer = await consumeFrom(await openTestTransport(redis().url));
  await settle(consumer);

  await redis().cli('CLIENT', 'KILL', 'TYPE', 'normal');
  await redis().cli('CLIENT', 'KILL', 'TYPE', 'pubsub');

  expect(await pushAndClaim(consumer, 3_000)).toBeLessThan(2_000);
  expect(consumer.notices.join()).toMatch(
    /warn: cannot reach.*reconnecting.*info: connected to .* again/s,
  );
});

test('a restarted server is served again within two seconds', async () => {
  const transport = await openTestTransport(redis().url);
  const consumer = await consumeFrom(transport);
  await settle(consumer);

  await redis().restart();

  expect(await pushAndClaim(consumer, 5_000)).toBeLessThan(2_000);
  await transport.publish([aMessage('after')], soonEnough());
  expect(idsOf(await consumer.gather(1, 2_000))).toEqual(['after']);
});

test('an idle worker with its backend has three connections and costs less than two commands a second', async () => {
  const url = redis().url;
  const consumer = await consumeFrom(await openTestTransport(url));
  const backend = await openBackend(url, {
    ...{ expiresMs: 60_000, connectTimeoutMs: 4_000, jsonTypes: 'typed' },
  });
  await settle(consumer);
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

test('a server that does not tell is asked, more slowly the longer nothing comes', async () => {
  await redis().cli(
    'ACL',
    'SETUSER',
    'plain',
    'on',
    '>pw',
    '~*',
    '&*',
    '+@all',
    '-client|tracking',
  );
  const url = redis().url.replace('//', '//plain:pw@');
  const consumer = await consumeFrom(await openTestTransport(url));

  await until(() => consumer.notices.length > 0, { deadlineMs: 2_000, what: 'a notice' });
  expect(consumer.notices).toEqual([
    expect.stringContaining('warn: the server does not tell about new messages'),
  ]);
  expect(await pushAndClaim(consumer, 3_000)).toBeLessThan(1_600);
  expect(await pushAndClaim(consumer, 3_000)).toBeLessThan(300);
  expect(consumer.consumer.connections).toBe(2);
});
