import { expect, onTestFinished, test } from 'vitest';
import { addressesOf, type RedisAddress } from '../../src/drivers/redis/address.ts';
import { RedisLink } from '../../src/drivers/redis/link.ts';
import type { Transport } from '../../src/transports/index.ts';
import { parseBroadcast } from '../../src/transports/redis/broadcasts.ts';
import { keepBroadcast } from '../../src/transports/redis/keep-broadcast.lua.ts';
import { Layout } from '../../src/transports/redis/layout.ts';
import { broadcast, toAll } from '../support/broadcasts.ts';
import { aMessage, deliveries, idsOf, soonEnough } from '../support/messages.ts';
import { startProxy } from '../support/proxy.ts';
import { startRedis, useRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport, type TestConsumer } from '../support/transports.ts';
import { until } from '../support/waits.ts';

const redis = useRedis();

const queueOf = async (): Promise<string> => {
  const row = await redis().cli('SMEMBERS', '_kombu.binding.news');
  return row.split('\x06\x16')[2] ?? '';
};

/** Publishes again and again until one is heard: what is published while nobody listens is lost. */
async function hears({ consumer }: TestConsumer, sender?: Transport): Promise<void> {
  const transport = sender ?? (await openTestTransport(redis().url));
  let sent = 0;
  await until(
    async () => {
      await transport.publish([toAll(`again ${sent++}`)], soonEnough());
      return (await consumer.claim(1).catch(() => [])).length > 0;
    },
    { deadlineMs: 10_000, what: () => `one of ${sent} broadcasts to be heard` },
  );
}

test('a broadcast queue has the binding of Kombu, and a list that expires', async () => {
  const transport = await openTestTransport(redis().url);
  const { consumer } = await consumeFrom(transport, { declare: [broadcast] });
  await transport.publish([toAll('a')], soonEnough());
  const queue = await queueOf();

  expect(queue).toMatch(/^bcast\.[0-9a-f-]{36}$/);
  expect(await redis().cli('SMEMBERS', '_kombu.binding.news')).toBe(`\x06\x16\x06\x16${queue}`);
  await until(async () => (await redis().cli('LLEN', queue)) === '1', {
    deadlineMs: 5_000,
    what: 'the message to be in the list',
  });
  const ttl = Number(await redis().cli('TTL', queue));
  expect(ttl).toBeGreaterThan(30);
  expect(ttl).toBeLessThanOrEqual(300);
  const [delivery] = deliveries(await consumer.claim(1));
  expect(await redis().cli('HVALS', 'unacked')).toMatch(new RegExp(`, "", "${queue}"\\]$`));
  expect(delivery?.queue).toBe(queue);
});

test('messages of a fanout exchange are published on the channel of Kombu', async () => {
  const transport = await openTestTransport(`${redis().url.replace(/\/\d*$/, '')}/3`);
  await consumeFrom(transport, { declare: [broadcast] });

  const channels = await redis().cli('PUBSUB', 'NUMPAT');

  expect(channels).toBe('2');
  expect(await redis().cli('PUBLISH', '/3.news', '{}')).toBe('1');
  expect(await redis().cli('PUBLISH', '/3.news/any.key', '{}')).toBe('1');
  expect(await redis().cli('PUBLISH', '/0.news', '{}')).toBe('0');
});

test('a broken subscription is made again', async () => {
  const transport = await openTestTransport(redis().url);
  const watched = await consumeFrom(transport, { declare: [broadcast] });

  await redis().cli('CLIENT', 'KILL', 'TYPE', 'pubsub');

  await hears(watched);
});

test('all connections may break, and the server lose all: the queue is there again', async () => {
  const transport = await openTestTransport(redis().url, { leaseTimeoutMs: 1_500 });
  const watched = await consumeFrom(transport, { declare: [broadcast] });
  const queue = await queueOf();

  await redis().cli('FLUSHALL');
  await redis().cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await redis().cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');

  await hears(watched);
  await until(async () => (await queueOf()) === queue, {
    deadlineMs: 5_000,
    what: 'the binding to be there again',
  });
});

test('what is published many times over in one turn is heard in its order', async () => {
  const transport = await openTestTransport(redis().url);
  const { gather } = await consumeFrom(transport, { declare: [broadcast] });
  const ids = Array.from({ length: 1_500 }, (_, at) => `m${at}`);

  await transport.publish(ids.map(toAll), soonEnough());

  expect(idsOf(await gather(1_500, 10_000))).toEqual(ids);
});

test('a user that may not listen gets an error in place of a consumer that hears nothing', async () => {
  const rights = ['~*', '+@all', 'resetchannels', '&celeriac*', '&__redis__:invalidate'];
  await redis().cli('ACL', 'SETUSER', 'deaf', 'on', '>secret', ...rights);
  const transport = await openTestTransport(
    redis().url.replace('redis://', 'redis://deaf:secret@'),
  );

  const consuming = consumeFrom(transport, { declare: [broadcast] });

  await expect(consuming).rejects.toMatchObject({ code: 'BROKER_REFUSED' });
  await redis().cli('ACL', 'DELUSER', 'deaf');
});

test("a dead worker of Python's had a broadcast: its claim is dropped, not given to others", async () => {
  const transport = await openTestTransport(redis().url, { visibilityTimeoutMs: 1_000 });
  const watched = await consumeFrom(transport, { declare: [broadcast] });
  await transport.publish([aMessage('plain')], soonEnough());
  const payload = await redis().cli('LINDEX', 'celery', '0');
  await redis().cli('HSET', 'unacked', 'theirs', `[${payload}, "news", ""]`);
  await redis().cli('ZADD', 'unacked_index', '1', 'theirs');

  await until(async () => (await redis().cli('EXISTS', 'unacked')) === '0', {
    deadlineMs: 10_000,
    what: 'the claim to be swept up',
  });

  expect(await redis().cli('LLEN', await queueOf())).toBe('0');
  expect(watched.notices.join()).toContain('dropped 1 of broadcast queues');
});

test('what was heard for a shared queue is put into it when its consumer closes', async () => {
  const shared = { ...broadcast, name: 'shared', isBroadcast: false };
  const transport = await openTestTransport(redis().url);
  let closing: Promise<void> | undefined;
  let isSent = false;
  const consumer = await transport.consume({
    ...{ queues: ['shared'], declare: [shared], nodeName: 'tester@here', onNotice: () => {} },
    onWake: () => {
      if (isSent) closing ??= consumer.close();
    },
  });
  const isEmpty = async () => (await consumer.claim(10)).length === 0;
  await until(isEmpty, { deadlineMs: 5_000, what: 'nothing more to wake for' });
  await redis().cli('PING');
  isSent = true;

  // more than goes into the queue in two calls, and small enough to be heard in one piece
  const script = "for at = 1, 1100 do redis.call('PUBLISH', '/0.news', at) end";
  await redis().cli('EVAL', script, '0');

  await until(() => closing !== undefined, { deadlineMs: 5_000, what: 'the first to be put in' });
  await closing;
  expect(await redis().cli('LLEN', 'shared')).toBe('1100');
});

test('a consumer that is closed while it starts listens to nothing and keeps nothing up', async () => {
  const proxy = await startProxy(redis().port);
  const url = redis().url.replace(String(redis().port), String(proxy.port));
  const [transport, other] = [await openTestTransport(url), await openTestTransport(url)];
  await Promise.all([transport.size('celery'), other.size('celery')]);
  proxy.blackhole();

  const consuming = consumeFrom(transport, { declare: [broadcast] });
  const closing = transport.close();
  await proxy.resume();

  await expect(consuming).rejects.toThrow('the consumer was closed');
  await closing;
  await until(async () => (await redis().cli('PUBSUB', 'NUMPAT')) === '0', {
    deadlineMs: 5_000,
    what: 'nobody to listen',
  });
});

test('a consumer that cannot make its queue known on the next server listens all the same', async () => {
  const [one, two] = [await startRedis(), await startRedis()];
  await two.cli('SET', 'celeriac.broadcasts', 'something else');
  const transport = await openTestTransport(`${one.url};${two.url}`);
  const watched = await consumeFrom(transport, { declare: [broadcast] });

  await one.kill();
  await until(() => watched.notices.some((line) => line.includes('WRONGTYPE')), {
    deadlineMs: 5_000,
    what: () => `the trouble to be told, got: ${watched.notices.join('; ')}`,
  });
  await two.cli('DEL', 'celeriac.broadcasts');

  await hears(watched, transport);
});

test('a consumer whose server changes while it starts begins anew on the next, with all it needs', async () => {
  const [one, two] = [await startRedis(), await startRedis()];
  const proxy = await startProxy(one.port);
  const transport = await openTestTransport(`redis://127.0.0.1:${proxy.port}/0;${two.url}`);
  await transport.size('celery');
  proxy.refuse(); // what is connected stays so, the subscriber cannot connect any more

  const watched = await consumeFrom(transport, { declare: [broadcast] });

  await until(async () => (await two.cli('CLIENT', 'LIST')).split('\n').length === 4, {
    deadlineMs: 15_000, // the thread that renews is compiled first
    what: 'commands, subscriber and renewal on the second server, and the question',
  });
  await hears(watched, transport);
});

test('a sign of life that comes after the end of its queue does not bring it back', async () => {
  const transport = await openTestTransport(redis().url);
  const { consumer } = await consumeFrom(transport, { declare: [broadcast] });
  const [member, queue] = [
    await redis().cli('ZRANGE', 'celeriac.broadcasts', '0', '-1'),
    await queueOf(),
  ];
  await consumer.close();
  const link = new RedisLink(
    addressesOf(redis().url, { connectTimeoutMs: 4_000 }) as [RedisAddress],
  );
  onTestFinished(() => link.close());
  await link.ready(soonEnough());

  const sent = { layout: new Layout(), broadcast: parseBroadcast(member), leaseSeconds: 30 };
  await keepBroadcast(link, sent);

  expect(sent.broadcast.queue).toBe(queue);
  expect(await redis().cli('EXISTS', 'celeriac.broadcasts', '_kombu.binding.news')).toBe('0');
  await keepBroadcast(link, { ...sent, broadcast: { ...sent.broadcast, queue: 'bcast.other' } });
  expect(await redis().cli('EXISTS', 'celeriac.broadcasts')).toBe('1');
});
