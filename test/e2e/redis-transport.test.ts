import { expect, onTestFinished, test } from 'vitest';
import { Celery } from '../../src/app/index.ts';
import {
  acksOf,
  aMessage,
  aResult,
  deliveries,
  idsOf,
  sha1,
  soonEnough,
  tagsOf,
} from '../support/messages.ts';
import { useRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport } from '../support/transports.ts';

const redis = useRedis();
const json = async (...command: string[]): Promise<unknown> =>
  JSON.parse(await redis().cli(...command));

test('messages come out in the order they went in, and are claimed in kombu layout', async () => {
  const transport = await openTestTransport(redis().url);
  await transport.publish([aMessage('a'), aMessage('b'), aMessage('c')], soonEnough());
  const { consumer } = await consumeFrom(transport);

  const claimed = await consumer.claim(2);

  expect(idsOf(claimed)).toEqual(['a', 'b']);
  expect(await transport.size('celery')).toBe(1);
  const [tag = ''] = tagsOf(claimed);
  const [envelope, exchange, routingKey] = (await json('HGET', 'unacked', tag)) as unknown[];
  expect(envelope).toMatchObject({ headers: { id: 'a' } });
  expect([exchange, routingKey]).toEqual(['', 'celery']);
  const score = Number(await redis().cli('ZSCORE', 'unacked_index', tag));
  expect(Math.abs(score - Date.now() / 1000)).toBeLessThan(5);
  expect(await redis().cli('SMEMBERS', '_kombu.binding.celery')).toBe(
    'celery\x06\x16\x06\x16celery',
  );
});

test('an ack leaves nothing behind but the lease, which close removes', async () => {
  const transport = await openTestTransport(redis().url);
  await transport.publish([aMessage('a')], soonEnough());
  const { consumer } = await consumeFrom(transport);
  const claimed = await consumer.claim(1);

  expect(await consumer.commit(acksOf(claimed))).toEqual([]);

  expect(await redis().cli('KEYS', '*')).toMatch(/^(celeriac\.leases|_kombu.binding.celery|\n)+$/);
  await consumer.close();
  expect(await redis().cli('KEYS', '*')).toBe('_kombu.binding.celery');
});

test('low priority numbers go first, over all queues; queues take turns within one', async () => {
  const transport = await openTestTransport(redis().url);
  const { consumer } = await consumeFrom(transport, { queues: ['one', 'two'] });
  await transport.publish(
    [
      aMessage('one-9', { queue: 'one', priority: 9 }),
      aMessage('one-4', { queue: 'one', priority: 4 }),
      aMessage('one-0', { queue: 'one' }),
      aMessage('one-1', { queue: 'one', priority: 1 }),
      aMessage('two-0', { queue: 'two' }),
      aMessage('two-1', { queue: 'two', priority: 2 }),
    ],
    soonEnough(),
  );

  const ids: unknown[] = [];
  for (let i = 0; i < 6; i++) ids.push(...idsOf(await consumer.claim(1)));

  expect(ids).toEqual(['one-0', 'two-0', 'one-1', 'two-1', 'one-4', 'one-9']);
});

test('released claims are next out in their order, uncounted; a requeued one is last', async () => {
  const transport = await openTestTransport(redis().url);
  await transport.publish(
    ['a', 'b', 'c', 'd'].map((id) => aMessage(id)),
    soonEnough(),
  );
  const { consumer } = await consumeFrom(transport);
  const [a = '', b = '', c = ''] = tagsOf(await consumer.claim(3));

  await consumer.commit([{ tag: b, settle: { kind: 'requeue' }, writes: [], messages: [] }]);
  await consumer.release([c, a]);

  const again = await consumer.claim(10);
  expect(idsOf(again)).toEqual(['a', 'c', 'd', 'b']);
  expect(deliveries(again)[0]?.headers).not.toHaveProperty('x-celeriac-deliveries');
});

test('a completion stores its result, publishes its messages and gives up its claim', async () => {
  const transport = await openTestTransport(redis().url);
  await transport.publish([aMessage('a')], soonEnough());
  const { consumer } = await consumeFrom(transport);
  const [tag = ''] = tagsOf(await consumer.claim(1));

  const lost = await consumer.commit([
    { tag, settle: { kind: 'ack' }, writes: [aResult('a')], messages: [aMessage('next')] },
  ]);

  expect(lost).toEqual([]);
  expect(await json('GET', 'celery-task-meta-a')).toMatchObject({ status: 'SUCCESS' });
  expect(Number(await redis().cli('PTTL', 'celery-task-meta-a'))).toBeGreaterThan(50_000);
  expect(idsOf(await consumer.claim(5))).toEqual(['next']);
  expect(await redis().cli('HLEN', 'unacked')).toBe('1');
  expect(await redis().cli('ZCARD', 'unacked_index')).toBe('1');
});

test('of a lost claim only the final result is stored, and its tag is told', async () => {
  const transport = await openTestTransport(redis().url);
  await transport.publish([aMessage('a'), aMessage('b')], soonEnough());
  const { consumer } = await consumeFrom(transport);
  const [lostTag = '', tag = ''] = tagsOf(await consumer.claim(2));
  await redis().cli('HDEL', 'unacked', lostTag);

  const lost = await consumer.commit([
    {
      ...{ tag: lostTag, settle: { kind: 'ack' }, messages: [aMessage('next of a')] },
      writes: [aResult('a'), aResult('progress of a', 'PROGRESS')],
    },
    { tag, settle: { kind: 'ack' }, writes: [aResult('b')], messages: [aMessage('next of b')] },
  ]);

  expect(lost).toEqual([lostTag]);
  expect(await redis().cli('EXISTS', 'celery-task-meta-a', 'celery-task-meta-b')).toBe('2');
  expect(await redis().cli('EXISTS', 'celery-task-meta-progress of a')).toBe('0');
  expect(idsOf(await consumer.claim(5))).toEqual(['next of b']);
});

test('a stored SUCCESS stays, whatever is committed later', async () => {
  const transport = await openTestTransport(redis().url);
  const { consumer } = await consumeFrom(transport);
  const kept = { tag: 'none', settle: { kind: 'kept' }, messages: [] } as const;

  await consumer.commit([{ ...kept, writes: [aResult('a', 'STARTED')] }]);
  await consumer.commit([{ ...kept, writes: [aResult('a')] }]);
  await consumer.commit([{ ...kept, writes: [aResult('a', 'FAILURE')] }]);

  expect(await json('GET', 'celery-task-meta-a')).toMatchObject({ status: 'SUCCESS' });
});

test('a commit writes results into another database of the server', async () => {
  const transport = await openTestTransport(redis().url);
  await transport.publish([aMessage('a')], soonEnough());
  const { consumer } = await consumeFrom(transport);
  const [tag = ''] = tagsOf(await consumer.claim(1));
  const writes = [aResult('a', 'SUCCESS', 1)];

  await consumer.commit([{ tag, settle: { kind: 'ack' }, writes, messages: [aMessage('next')] }]);

  expect(await redis().cli('-n', '1', 'EXISTS', 'celery-task-meta-a')).toBe('1');
  expect(await redis().cli('EXISTS', 'celery-task-meta-a', 'unacked', 'unacked_index')).toBe('0');
  expect(await transport.size('celery')).toBe(1);
});

test('a dead letter keeps its bytes and what is known of it, for a week', async () => {
  const transport = await openTestTransport(redis().url);
  await transport.publish([aMessage('a')], soonEnough());
  const payload = await redis().cli('LINDEX', 'celery', '0');
  const { consumer } = await consumeFrom(transport);
  const [tag = ''] = tagsOf(await consumer.claim(1));

  const settle = { kind: 'dead-letter', reason: 'no good' } as const;
  await consumer.commit([{ tag, settle, writes: [], messages: [] }]);

  expect(await redis().cli('LRANGE', 'celery.dead', '0', '-1')).toBe(payload);
  expect(await json('HGET', 'celery.dead.info', sha1(payload))).toMatchObject({
    ...{ reason: 'no good', worker: 'tester@here', deliveries: 0, task: 'demo.add', id: 'a' },
    at: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  expect(Number(await redis().cli('TTL', 'celery.dead'))).toBeGreaterThan(604_000);
  expect(Number(await redis().cli('TTL', 'celery.dead.info'))).toBeGreaterThan(604_000);
});

test('what is no message never becomes a claim; what is half one stays to be refused', async () => {
  const transport = await openTestTransport(redis().url);
  await redis().cli('RPUSH', 'celery', '{"half": ', 'rubbish', '{not json}', '[1, 2]');
  await transport.publish([aMessage('a')], soonEnough());
  const { gather, notices } = await consumeFrom(transport);

  const claimed = await gather(2, 2_000);

  expect(claimed.map(({ kind }) => kind)).toEqual(['malformed', 'message']);
  expect(notices).toContain(
    "error: moved 3 entries to dead letters of queue 'celery': the entry is no message: it is no object of JSON",
  );
  expect((await redis().cli('LRANGE', 'celery.dead', '0', '-1')).split('\n').sort()).toEqual(
    ['[1, 2]', 'rubbish', '{"half": '].sort(),
  );
  expect(await json('HGET', 'celery.dead.info', sha1('rubbish'))).toMatchObject({
    ...{ reason: 'the entry is no message: it is no object of JSON', task: null, id: null },
  });
});

test('a queue that is no list fails only what is for it', async () => {
  const transport = await openTestTransport(redis().url);
  await redis().cli('SET', 'broken', 'text');
  const signal = soonEnough();

  const both = transport.publish([aMessage('a'), aMessage('b', { queue: 'broken' })], signal);
  const one = transport.publish([aMessage('c')], signal);

  await expect(both).rejects.toThrow(/broken.*not a list/);
  await expect(one).resolves.toBeUndefined();
  const { consumer, notices } = await consumeFrom(transport, { queues: ['broken', 'celery'] });
  expect(idsOf(await consumer.claim(5))).toEqual(['c']);
  expect(notices.join()).toContain('broken: WRONGTYPE');
});

test('purge empties all priorities of a queue and says how many messages there were', async () => {
  const transport = await openTestTransport(redis().url);
  const messages = [0, 3, 5, 9].map((priority) => aMessage(`p${priority}`, { priority }));
  await transport.publish(messages, soonEnough());

  expect(await transport.size('celery')).toBe(4);
  expect(await transport.purge('celery')).toBe(4);
  expect(await transport.size('celery')).toBe(0);
});

test('all that an app sends in one turn travels in one script', async () => {
  const app = new Celery('turn', { broker: redis().url });
  onTestFinished(() => app.close());
  const send = (id: string) => app.sendTask('any', [], { taskId: id });
  await send('first');
  await redis().cli('CONFIG', 'RESETSTAT');

  const ids = Array.from({ length: 300 }, (_, place) => `${place}`);
  await Promise.all(ids.map(send));

  const stats = await redis().cli('INFO', 'commandstats');
  expect(stats).toMatch(/cmdstat_evalsha:calls=1,/);
  expect(stats).toMatch(/cmdstat_lpush:calls=1,/);
  const { consumer } = await consumeFrom(await openTestTransport(redis().url));
  expect(idsOf(await consumer.claim(500))).toEqual(['first', ...ids]);
});
