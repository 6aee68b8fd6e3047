import { expect, test } from 'vitest';
import type { OutgoingMessage, QueueSpec } from '../../src/protocol/index.ts';
import { aMessage, deliveries, idsOf, soonEnough } from '../support/messages.ts';
import { useRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport, type TestConsumer } from '../support/transports.ts';
import { until } from '../support/waits.ts';

const redis = useRedis();

const exchange = { name: 'news', type: 'fanout' } as const;
const broadcast: QueueSpec = {
  name: 'news',
  bindings: [{ exchange, routingKey: '' }],
  isBroadcast: true,
};
const toAll = (id: string): OutgoingMessage => {
  return { ...aMessage(id), route: { exchange, routingKey: '', declare: [] } };
};
const queueOf = async (): Promise<string> => {
  const row = await redis().cli('SMEMBERS', '_kombu.binding.news');
  return row.split('\x06\x16')[2] ?? '';
};

/** Publishes again and again until one is heard: what is published while nobody listens is lost. */
async function hears({ consumer }: TestConsumer): Promise<void> {
  const transport = await openTestTransport(redis().url);
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
