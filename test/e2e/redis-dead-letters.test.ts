import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aMessage, soonEnough, tagsOf } from '../support/messages.ts';
import { useRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport } from '../support/transports.ts';
import { until } from '../support/waits.ts';

const redis = useRedis();
let client: Redis;

beforeEach(() => {
  client = new Redis(redis().url);
});
afterEach(() => client.disconnect());

/** A text that begins and ends as a message, and has bytes in it that are no text. */
const bytes = Buffer.concat([
  Buffer.from('{"body": "x", "headers": {"a": "'),
  Buffer.from([0xff, 0xc3]),
  Buffer.from('"}}'),
]);

test('bytes that are no text are kept, shown and put back to the byte', async () => {
  const rubbish = Buffer.from([0x80, 0x02, 0x0a, 0xff]);
  await client.lpush('celery', bytes, rubbish);
  const transport = await openTestTransport(redis().url);
  const { consumer } = await consumeFrom(transport);
  const settle = { kind: 'dead-letter', reason: 'no' } as const;
  const tags = tagsOf(await consumer.claim(5));
  await consumer.commit(tags.map((tag) => ({ tag, settle, writes: [], messages: [] })));
  await consumer.close();

  const ids = [bytes, rubbish].map((each) => createHash('sha1').update(each).digest('hex'));
  const { letters } = await transport.deadLetters.page('celery', { limit: 5 });
  const found = await Promise.all(ids.map((id) => transport.deadLetters.find('celery', id)));
  const { redriven, refused } = await transport.deadLetters.redrive('celery', {});

  expect(letters.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  expect(found.map((letter) => letter?.payload)).toEqual([bytes, rubbish]);
  expect([redriven, refused]).toEqual([[ids[0]], [ids[1]]]);
  const [back] = await client.lrangeBuffer('celery', 0, -1);
  const header = back?.toString('latin1').replace(/, "x-celeriac-burials": \[.*?\]/, '');
  expect(header).toBe(bytes.toString('latin1'));
});

test('what an earlier version kept is listed, put back and deleted, in any database', async () => {
  const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
  const old = '{"body": "x", "headers": {"id": "1"}, "properties": {"priority": 6}}';
  await client.select(5);
  await client.lpush('q.dead', old, 'rubbish');
  const note = { reason: 'why', at: '2026-01-01T00:00:00.000Z', worker: 'w', deliveries: 1 };
  await client.hset('q.dead.info', sha1(old), JSON.stringify({ ...note, task: 't', id: '1' }));
  await client.expire('q.dead', 500);
  const { deadLetters } = await openTestTransport(redis().url.replace(/0$/, '5'));
  const elsewhere = await openTestTransport(redis().url);

  const { letters } = await deadLetters.page('q', { limit: 5 });
  const redriven = await deadLetters.redrive('q', {});
  const left = await deadLetters.queues();
  const purged = await deadLetters.purge('q', {});

  expect(letters).toMatchObject([
    { id: sha1('rubbish'), at: null, task: null },
    { id: sha1(old), reason: 'why', at: new Date(note.at), task: 't', taskId: '1' },
  ]);
  expect(redriven).toEqual({ redriven: [sha1(old)], refused: [sha1('rubbish')] });
  expect(await client.llen('q\x06\x166')).toBe(1);
  expect([left, purged]).toEqual([[{ queue: 'q', count: 1 }], [sha1('rubbish')]]);
  expect(await client.exists('q.dead', 'q.dead.info')).toBe(0);
  expect(await elsewhere.deadLetters.queues()).toEqual([]);
});

test('every key of dead letters has a time to live', async () => {
  const transport = await openTestTransport(redis().url);
  await transport.publish([aMessage('a'), aMessage('b')], soonEnough());
  const { consumer } = await consumeFrom(transport);
  const settle = { kind: 'dead-letter', reason: 'no' } as const;
  const tags = tagsOf(await consumer.claim(5));
  await consumer.commit(tags.map((tag) => ({ tag, settle, writes: [], messages: [] })));
  const { letters } = await transport.deadLetters.page('celery', { limit: 1 });

  await transport.deadLetters.redrive('celery', { ids: letters.map(({ id }) => id) });

  for (const key of ['celery.dead', 'celery.dead.info']) {
    expect(await client.ttl(key)).toBeGreaterThan(600_000);
  }
  expect(await client.hlen('celery.dead.info')).toBe(1);
});

test('two who put back at once put each message back once', async () => {
  const transport = await openTestTransport(redis().url);
  const all = Array.from({ length: 350 }, (_, n) => aMessage(`m${n}`));
  await transport.publish(all, soonEnough());
  const { consumer } = await consumeFrom(transport);
  const settle = { kind: 'dead-letter', reason: 'no' } as const;
  const tags = tagsOf(await consumer.claim(500));
  await consumer.commit(tags.map((tag) => ({ tag, settle, writes: [], messages: [] })));
  await consumer.close();
  const other = await openTestTransport(`${redis().url}?client_name=other`);

  const done = await Promise.all([
    transport.deadLetters.redrive('celery', {}),
    other.deadLetters.redrive('celery', {}),
  ]);

  const ids = done.flatMap(({ redriven }) => redriven);
  expect([ids.length, new Set(ids).size]).toEqual([350, 350]);
  expect([await client.llen('celery'), await client.llen('celery.dead')]).toEqual([350, 0]);
});

test('what cannot go into its queue stays a dead letter', async () => {
  const transport = await openTestTransport(redis().url);
  await transport.publish([aMessage('a')], soonEnough());
  const { consumer } = await consumeFrom(transport);
  const settle = { kind: 'dead-letter', reason: 'no' } as const;
  const tags = tagsOf(await consumer.claim(1));
  await consumer.commit(tags.map((tag) => ({ tag, settle, writes: [], messages: [] })));
  await client.set('taken', 'a text');

  const redriving = transport.deadLetters.redrive('celery', { to: 'taken' });

  await expect(redriving).rejects.toThrow('queue taken is a string, not a list');
  expect(await client.llen('celery.dead')).toBe(1);
});

test('what a sweep takes from a worker that is gone keeps each of its bytes', async () => {
  const odd = Buffer.from('{"headers": [], "body": "\xff\xfe", "properties": {}}', 'latin1');
  const good = (headers: string, info: string) =>
    Buffer.from(
      `{"headers": {"task": "t", "id": "\xe9"${headers}}, "body": "", "properties": {"delivery_info": {${info}"exchange": ""}}}`,
      'latin1',
    );
  const entryOf = (payload: Buffer) =>
    Buffer.concat([Buffer.from('['), payload, Buffer.from(', "", "celery"]')]);
  await client.hset(
    'unacked',
    Buffer.from('\xfftag', 'latin1'),
    entryOf(odd),
    'b',
    entryOf(good('', '')),
  );
  await client.zadd('unacked_index', 1, Buffer.from('\xfftag', 'latin1'), 1, 'b');

  await consumeFrom(await openTestTransport(redis().url), { queues: ['another'] });

  await until(async () => (await client.hlen('unacked')) === 0, {
    deadlineMs: 10_000,
    what: 'the sweep to take both',
  });
  expect(await client.lrangeBuffer('celery.dead', 0, -1)).toEqual([odd]);
  const counted = good(', "x-celeriac-deliveries": 1', '"redelivered": true, ');
  expect(await client.lrangeBuffer('celery', 0, -1)).toEqual([counted]);
});

test('a full list of equal letters says of each that stays what is known of it', async () => {
  await client.lpush('celery', ...Array.from({ length: 10_003 }, () => 'rubbish'));
  const { consumer } = await consumeFrom(await openTestTransport(redis().url));
  while ((await client.llen('celery')) > 0) await consumer.claim(5_000);
  const { deadLetters } = await openTestTransport(redis().url);

  const { letters } = await deadLetters.page('celery', { limit: 1 });
  const purged = await deadLetters.purge('celery', { before: new Date(Date.now() + 60_000) });

  expect(letters).toMatchObject([{ reason: expect.stringContaining('it is no object of JSON') }]);
  expect(purged).toHaveLength(10_000);
  expect(await client.exists('celery.dead', 'celery.dead.info')).toBe(0);
});

test('the messages of a queue that is only named so are no dead letters', async () => {
  await client.lpush('celery.dead', '{"body": "W10=", "headers": {"id": "1"}}');
  const { deadLetters } = await openTestTransport(redis().url);

  expect(await deadLetters.page('celery', { limit: 5 })).toEqual({ letters: [] });
  expect(await deadLetters.redrive('celery', {})).toEqual({ redriven: [], refused: [] });
  expect(await deadLetters.purge('celery', {})).toEqual([]);
  expect(await client.llen('celery.dead')).toBe(1);
});

test('a key of another kind in their place is said to be one', async () => {
  await client.set('celery.dead', 'a text');
  await client.hset('celery.dead.info', '', '');
  const { deadLetters } = await openTestTransport(redis().url);

  const refused = { name: 'BrokerUnavailableError', message: expect.stringContaining('WRONGTYPE') };
  await expect(deadLetters.page('celery', { limit: 5 })).rejects.toMatchObject(refused);
  await expect(deadLetters.find('celery', '0'.repeat(40))).rejects.toMatchObject(refused);
  await expect(deadLetters.redrive('celery', {})).rejects.toMatchObject(refused);
  await expect(deadLetters.purge('celery', {})).rejects.toMatchObject(refused);
});
