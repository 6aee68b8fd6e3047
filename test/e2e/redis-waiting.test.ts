import { expect, test } from 'vitest';
import { encodeEnvelope } from '../../src/protocol/index.ts';
import { aMessage, idsOf, soonEnough } from '../support/messages.ts';
import { useRedis } from '../support/redis.ts';
import {
  consumeFrom,
  openTestTransport,
  settle,
  type TestConsumer,
} from '../support/transports.ts';
import { until } from '../support/waits.ts';

const redis = useRedis();

/** Publishes by a connection that is none of the consumer's, and takes the time until it is claimed. */
async function pushAndClaim({ gather }: TestConsumer, deadlineMs: number): Promise<number> {
  const payload = encodeEnvelope(aMessage('pushed'), 'a tag');
  const pushed = performance.now();
  await redis().cli('LPUSH', 'celery', payload);
  expect(idsOf(await gather(1, deadlineMs))).toEqual(['pushed']);
  return performance.now() - pushed;
}

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
  await settle(consumer, redis().url);

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
    await settle(consumer, redis().url);

    await redis().cli('CLIENT', 'KILL', 'TYPE', type);

    expect(await pushAndClaim(consumer, 3_000)).toBeLessThan(2_000);
    await until(isTracked, { deadlineMs: 2_000, what: 'the server to tell the new connection' });
  },
);

test('a push wakes after both connections were cut and came back one after the other', async () => {
  const consumer = await consumeFrom(await openTestTransport(redis().url));
  await settle(consumer, redis().url);

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
  await settle(consumer, redis().url);

  await redis().restart();

  expect(await pushAndClaim(consumer, 5_000)).toBeLessThan(2_000);
  await transport.publish([aMessage('after')], soonEnough());
  expect(idsOf(await consumer.gather(1, 2_000))).toEqual(['after']);
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
