import { beforeEach, expect, test } from 'vitest';
import { broadcast, toAll } from '../support/broadcasts.ts';
import { aMessage, idsOf, soonEnough, tagsOf } from '../support/messages.ts';
import { useRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport } from '../support/transports.ts';

/** What becomes of messages that go together when the server refuses one of them, or a part of what we ask of it. */
const redis = useRedis();

/** The URL of a user with these rights and all commands. */
async function urlOf(...rights: string[]): Promise<string> {
  await redis().cli('ACL', 'SETUSER', 'limited', 'on', '>pw', '~*', '+@all', ...rights);
  return redis().url.replace('//', '//limited:pw@');
}

beforeEach(async () => {
  await redis().cli('ACL', 'DELUSER', 'limited');
});

test('a sender that may not hand over, for want of one command, stores its messages', async () => {
  const transport = await openTestTransport(await urlOf('&*', '-lmove'));

  await transport.publish([aMessage('a')], soonEnough());

  expect(await redis().cli('LLEN', 'celery')).toBe('1');
});

test('what is published with a message that no list takes is heard by nobody', async () => {
  const listener = await consumeFrom(await openTestTransport(redis().url), {
    declare: [broadcast],
  });
  const transport = await openTestTransport(await urlOf('&*', '-lpush'));

  const publishing = transport.publish([toAll('lost'), aMessage('plain')], soonEnough());

  await expect(publishing).rejects.toMatchObject({ code: 'BROKER_REFUSED' });
  const other = await openTestTransport(redis().url);
  await other.publish([toAll('heard')], soonEnough());
  expect(idsOf(await listener.gather(1, 5_000))).toEqual(['heard']);
});

test('what is stored with a message that may not be published is in no list', async () => {
  const transport = await openTestTransport(await urlOf('resetchannels'));

  const publishing = transport.publish([aMessage('plain'), toAll('news')], soonEnough());

  await expect(publishing).rejects.toMatchObject({ code: 'BROKER_REFUSED' });
  expect(await redis().cli('LLEN', 'celery')).toBe('0');
});

test('a task whose broadcast is refused becomes a dead letter, and nothing else of it goes on', async () => {
  const channels = ['resetchannels', '&celeriac*', '&__redis__:invalidate'];
  const transport = await openTestTransport(await urlOf(...channels));
  await transport.publish([aMessage('a')], soonEnough());
  const { consumer, notices } = await consumeFrom(transport);
  const [tag = ''] = tagsOf(await consumer.claim(1));

  const messages = [aMessage('plain'), toAll('news')];
  const lost = await consumer.commit([{ tag, settle: { kind: 'ack' }, writes: [], messages }]);

  expect(lost).toEqual([]);
  expect(await consumer.claim(1)).toEqual([]);
  expect(await redis().cli('LLEN', 'celery.dead')).toBe('1');
  expect(notices.join()).toContain('what follows it cannot be published');
});

test('what is committed before one that is refused is not published again with the rest', async () => {
  const transport = await openTestTransport(redis().url);
  await transport.publish(
    [aMessage('a'), aMessage('b'), aMessage('c', { queue: 'broken' })],
    soonEnough(),
  );
  const { consumer } = await consumeFrom(transport, { queues: ['celery', 'broken'] });
  const [a = '', b = '', c = ''] = tagsOf(await consumer.claim(3));
  await redis().cli('SET', 'broken', 'no list');
  const completions = [
    { tag: a, settle: { kind: 'kept' }, writes: [], messages: [aMessage('after a')] },
    { tag: b, settle: { kind: 'ack' }, writes: [], messages: [aMessage('x', { queue: 'broken' })] },
    { tag: 'gone', settle: { kind: 'ack' }, writes: [], messages: [] },
    { tag: c, settle: { kind: 'requeue' }, writes: [], messages: [] },
    { tag: '', settle: { kind: 'kept' }, writes: [], messages: [aMessage('last')] },
  ] as const;

  await expect(consumer.commit(completions)).rejects.toThrow('WRONGTYPE');
  await redis().cli('DEL', 'broken');
  const lost = await consumer.commit(completions);

  expect(lost).toEqual(['gone']);
  expect(idsOf(await consumer.claim(10))).toEqual(['after a', 'last', 'c']);
  expect(await redis().cli('LLEN', 'celery.dead')).toBe('1');
});
