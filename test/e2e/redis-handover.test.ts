import { expect, onTestFinished, test } from 'vitest';
import { type Claimed, encodeEnvelope } from '../../src/protocol/index.ts';
import type { ConsumeOptions, TransportOptions } from '../../src/transports/index.ts';
import { createDeferred } from '../../src/util/index.ts';
import { acksOf, aMessage, idsOf, soonEnough, tagsOf } from '../support/messages.ts';
import { type RunningProgram, startProgram } from '../support/process.ts';
import { startProxy } from '../support/proxy.ts';
import { useRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport, type TestConsumer } from '../support/transports.ts';
import { until } from '../support/waits.ts';

const redis = useRedis();

/** A consumer that waits to be handed messages, as many as it says could start. */
interface Waiting extends TestConsumer {
  readonly arrived: Claimed[];
  /** How many came at once, each time. */
  readonly batches: number[];
  readonly ids: () => unknown[];
  /** Resolves once so many have arrived. */
  readonly arrive: (count: number) => Promise<true>;
}

async function consumeWaiting(
  startable: () => number,
  options: Partial<ConsumeOptions> & Partial<TransportOptions> & { readonly url?: string } = {},
): Promise<Waiting> {
  const { url = redis().url, ...others } = options;
  const transport = await openTestTransport(url, others);
  const arrived: Claimed[] = [];
  const batches: number[] = [];
  const onArrived = (claimed: readonly Claimed[]) => {
    arrived.push(...claimed);
    batches.push(claimed.length);
  };
  const handOver = { startable: () => Math.max(0, startable() - arrived.length), onArrived };
  const consumer = await consumeFrom(transport, { ...others, handOver });
  const arrive = (count: number) =>
    until(() => arrived.length >= count, {
      deadlineMs: 5_000,
      what: () => `${count} to arrive, got ${idsOf(arrived).join()}`,
    });
  return { ...consumer, arrived, batches, ids: () => idsOf(arrived), arrive };
}

const waitingFor = async (): Promise<string[]> =>
  (await redis().cli('KEYS', 'celeriac.ready.*')).split('\n').filter((line) => line !== '');

/** Somebody who listens to all channels, as consoles for people do. */
async function startMonitor(): Promise<RunningProgram> {
  const args = ['-p', String(redis().port), 'PSUBSCRIBE', '*'];
  const program = startProgram('redis-cli', args);
  await program.waitForLine(/psubscribe/, 5_000);
  return program;
}

/** Resolves once so many consumers have said that they wait. */
const untilWaiting = (count: number) =>
  until(async () => (await waitingFor()).length === count, {
    deadlineMs: 5_000,
    what: `${count} consumers to wait`,
  });

async function publish(...ids: string[]): Promise<void> {
  const transport = await openTestTransport(redis().url);
  await transport.publish(
    ids.map((id) => aMessage(id)),
    soonEnough(),
  );
}

const claimsIn = async (): Promise<string[]> =>
  (await redis().cli('HKEYS', 'unacked')).split('\n').filter((line) => line !== '');

test('who has no place left by the time it is entered is handed nothing', async () => {
  await publish('first');
  await redis().cli('SCRIPT', 'FLUSH');
  const loading = await consumeFrom(await openTestTransport(redis().url), { queues: ['other'] });
  await loading.consumer.claim(1); // so that the server knows how to claim, and not how to wait
  const transport = await openTestTransport(redis().url);
  const asked = createDeferred<void>();
  let [places, times] = [1, 0];
  const startable = () => {
    times += 1;
    if (times === 2) asked.resolve(); // it is about to wait
    return places;
  };
  const { consumer } = await consumeFrom(transport, {
    handOver: { startable, onArrived: () => {} },
  });
  await asked.promise;
  const claimed = await consumer.claim(1);
  places -= claimed.length;

  // each behind what the consumer had sent, and sends when it has the answer
  for (let i = 0; i < 2; i++) await transport.size('celery');

  expect(idsOf(claimed)).toEqual(['first']);
  expect(await waitingFor()).toEqual([]);
});

test('a message is claimed for a consumer that waits, without its asking, in kombu layout', async () => {
  const { arrive, arrived, consumer, ids } = await consumeWaiting(() => 1);
  await untilWaiting(1);

  await publish('a');
  await arrive(1);

  expect(ids()).toEqual(['a']);
  const [tag = ''] = tagsOf(arrived);
  expect(await claimsIn()).toEqual([tag]);
  expect(await redis().cli('ZRANGE', 'unacked_index', '0', '-1')).toBe(tag);
  const entry = JSON.parse(await redis().cli('HGET', 'unacked', tag)) as unknown[];
  expect(entry.slice(1)).toEqual(['', 'celery']);
  expect(entry[0]).toMatchObject({ headers: { id: 'a' } });
  expect(await redis().cli('ZRANGE', 'celeriac.leases', '0', '-1')).toBe(tag.split('.')[0]);
  expect(await consumer.commit(acksOf(arrived))).toEqual([]);
  expect(await claimsIn()).toEqual([]);
});

test('no more is handed over than could start; the rest waits in the queue, in order', async () => {
  const { arrive, consumer, ids } = await consumeWaiting(() => 2);
  await untilWaiting(1);

  await publish('a', 'b', 'c', 'd');
  await arrive(2);

  expect(ids()).toEqual(['a', 'b']);
  expect(idsOf(await consumer.claim(5))).toEqual(['c', 'd']);
});

test('what it waits for lasts for several publishes', async () => {
  const { arrive, ids } = await consumeWaiting(() => 3);
  await untilWaiting(1);

  for (const id of ['a', 'b', 'c', 'd']) await publish(id);
  await arrive(3);

  expect(ids()).toEqual(['a', 'b', 'c']);
  expect(await redis().cli('LLEN', 'celery')).toBe('1');
});

test('consumers that wait take turns, the one that waits longest first', async () => {
  const one = await consumeWaiting(() => 5);
  await untilWaiting(1);
  const other = await consumeWaiting(() => 5);
  await untilWaiting(2);

  for (const id of ['a', 'b', 'c', 'd']) await publish(id);
  await Promise.all([one.arrive(2), other.arrive(2)]);

  expect([one.ids(), other.ids()]).toEqual([
    ['a', 'c'],
    ['b', 'd'],
  ]);
});

test('it waits anew once what it took is done', async () => {
  const done: Claimed[] = [];
  const { arrive, arrived, consumer, ids } = await consumeWaiting(() => 1 + done.length);
  await consumer.claim(1); // finds out that the queue is empty
  await untilWaiting(1);

  for (const [place, id] of ['a', 'b', 'c'].entries()) {
    await publish(id);
    await arrive(place + 1);
    done.push(...arrived.slice(done.length));
    await consumer.commit(acksOf(done.slice(-1)));
    await untilWaiting(1);
  }

  expect(ids()).toEqual(['a', 'b', 'c']);
});

test('a message goes through one of two queues, whichever it is in', async () => {
  const { arrive, ids } = await consumeWaiting(() => 1, { queues: ['celery', 'other'] });
  await untilWaiting(1);
  const transport = await openTestTransport(redis().url);

  await transport.publish([aMessage('a', { queue: 'other', priority: 6 })], soonEnough());
  await arrive(1);
  await transport.publish([aMessage('b')], soonEnough());

  expect(ids()).toEqual(['a']);
  expect(await redis().cli('LLEN', 'celery')).toBe('1');
});

test('what waits already goes before what is published', async () => {
  const { consumer, ids } = await consumeWaiting(() => 5);
  await untilWaiting(1);
  const waiting = encodeEnvelope(aMessage('pushed'), 'a tag');

  await redis().cli('LPUSH', 'celery', waiting);
  await publish('a');

  expect(idsOf(await consumer.claim(5))).toEqual(['pushed', 'a']);
  expect(ids()).toEqual([]);
});

test('a consumer that is gone is passed over at once', async () => {
  const proxy = await startProxy(redis().port);
  const url = redis().url.replace(String(redis().port), String(proxy.port));
  await consumeWaiting(() => 1, { url });
  await untilWaiting(1);
  proxy.refuse();
  proxy.cut();
  await until(async () => (await redis().cli('PUBSUB', 'CHANNELS', 'celeriac.ready.*')) === '', {
    deadlineMs: 5_000,
    what: 'the server to see that it is gone',
  });

  await publish('a');

  expect(await redis().cli('LLEN', 'celery')).toBe('1');
  expect(await claimsIn()).toEqual([]);
});

test('a monitor that listens to everything takes nothing and changes nothing', async () => {
  const monitor = await startMonitor();
  onTestFinished(() => monitor.stop());
  const { arrive, arrived, consumer, ids } = await consumeWaiting(() => 5);
  await untilWaiting(1);

  await publish('a');
  await arrive(1);

  expect(ids()).toEqual(['a']);
  expect(await claimsIn()).toEqual(tagsOf(arrived));
  expect(await redis().cli('LLEN', 'celery')).toBe('0');
  expect(await consumer.commit(acksOf(arrived))).toEqual([]);
  const [key = ''] = await waitingFor();
  await consumer.close();
  await until(async () => (await redis().cli('PUBSUB', 'NUMSUB', key)).endsWith('\n0'), {
    deadlineMs: 5_000,
    what: 'the consumer to listen no more',
  });
  // as if it had been killed: its entry is there, and the monitor alone listens
  await redis().cli('SET', key, '1 5 30');
  await redis().cli('RPUSH', 'celeriac.idle.celery', key.slice('celeriac.ready.'.length));
  await publish('b');
  expect(await redis().cli('LLEN', 'celery')).toBe('1');
});

test('a worker that claimed is not handed more than it could start then', async () => {
  let startable = 1;
  const { consumer, ids } = await consumeWaiting(() => startable);
  await untilWaiting(1);
  const pushed = encodeEnvelope(aMessage('pushed'), 'a tag');
  await redis().cli('LPUSH', 'celery', pushed);

  expect(idsOf(await consumer.claim(1))).toEqual(['pushed']);
  startable = 0;
  await publish('a');

  expect(await redis().cli('LLEN', 'celery')).toBe('1');
  expect(ids()).toEqual([]);
});

test('what is lost on its way to a consumer is given back when the connection is', async () => {
  const proxy = await startProxy(redis().port);
  const url = redis().url.replace(String(redis().port), String(proxy.port));
  const waiting = await consumeWaiting(() => 1, { url });
  await untilWaiting(1);
  proxy.blackhole();

  await publish('a');
  expect(await claimsIn()).toHaveLength(1);
  proxy.cut();
  proxy.resume();

  const claimed = await waiting.gather(1, 8_000).catch(() => waiting.arrived);
  expect([...idsOf(claimed), ...waiting.ids()]).toContain('a');
});

test('a consumer that halts is handed nothing more', async () => {
  const { consumer, ids } = await consumeWaiting(() => 5);
  await untilWaiting(1);

  await consumer.halt();
  await publish('a');

  expect(await waitingFor()).toEqual([]);
  expect(await redis().cli('LLEN', 'celery')).toBe('1');
  expect(ids()).toEqual([]);
});

test('what was on its way when the consumer halted is given back', async () => {
  const proxy = await startProxy(redis().port);
  const url = redis().url.replace(String(redis().port), String(proxy.port));
  const { consumer, ids } = await consumeWaiting(() => 5, { url });
  await untilWaiting(1);
  proxy.blackhole();

  await publish('a', 'b');
  expect(await claimsIn()).toHaveLength(2);
  const halting = consumer.halt();
  proxy.resume();
  await halting;

  await until(async () => (await redis().cli('LLEN', 'celery')) === '2', {
    deadlineMs: 5_000,
    what: () => `both to be in the queue, arrived: ${ids().join()}`,
  });
  expect(await claimsIn()).toEqual([]);
  expect(ids()).toEqual([]);
});

test('a closed consumer leaves neither claims nor a lease', async () => {
  const { consumer } = await consumeWaiting(() => 5);
  await untilWaiting(1);

  await consumer.close();
  await publish('a');

  expect(await claimsIn()).toEqual([]);
  expect(await redis().cli('ZCARD', 'celeriac.leases')).toBe('0');
  expect(await redis().cli('LLEN', 'celery')).toBe('1');
});

test('no more is handed over at once than a connection may hold back', async () => {
  const { arrive, batches, consumer, ids } = await consumeWaiting(() => 5);
  await untilWaiting(1);
  const transport = await openTestTransport(redis().url);
  const sized = (id: string, size: number) => {
    return { ...aMessage(id), body: `[["${'x'.repeat(size)}"], {}, {}]` };
  };

  await transport.publish([aMessage('a'), aMessage('b')], soonEnough());
  await transport.publish([sized('c', 50_000), sized('d', 50_000)], soonEnough());
  await arrive(4);
  await transport.publish([sized('large', 100_000), aMessage('tiny')], soonEnough());

  expect(idsOf(await consumer.claim(5))).toEqual(['large', 'tiny']);
  expect(ids()).toEqual(['a', 'b', 'c', 'd']);
  expect(batches).toEqual([2, 1, 1]);
});

test('a sender that may only use the queues stores its messages there', async () => {
  const rights = ['~celery', '~_kombu.binding.*', 'resetchannels', '+@all'];
  await redis().cli('ACL', 'SETUSER', 'sender', 'on', '>pw', ...rights);
  const { gather } = await consumeWaiting(() => 1);
  await untilWaiting(1);
  const transport = await openTestTransport(redis().url.replace('//', '//sender:pw@'));

  await transport.publish([aMessage('a')], soonEnough());
  await transport.publish([aMessage('b')], soonEnough());

  expect(idsOf(await gather(2, 5_000))).toEqual(['a', 'b']);
});

test('it waits anew when what it waited for has lapsed while nothing could start', async () => {
  let startable = 1;
  const options = { leaseTimeoutMs: 1_000 };
  const { consumer, ids, arrive } = await consumeWaiting(() => startable, options);
  await consumer.claim(1);
  await untilWaiting(1);

  startable = 0;
  await untilWaiting(0);
  startable = 1;
  await consumer.claim(1);
  await untilWaiting(1);
  await publish('a');
  await arrive(1);

  expect(ids()).toEqual(['a']);
});

test('a sender that may not tell a worker stores its messages, and leaves the worker to others', async () => {
  const rights = ['~*', 'resetchannels', '+@all'];
  await redis().cli('ACL', 'SETUSER', 'mute', 'on', '>pw', ...rights);
  const { arrive, ids } = await consumeWaiting(() => 1);
  await untilWaiting(1);
  const mute = await openTestTransport(redis().url.replace('//', '//mute:pw@'));

  await mute.publish([aMessage('a')], soonEnough());
  expect(await claimsIn()).toEqual([]);
  await redis().cli('DEL', 'celery');
  await publish('b');
  await arrive(1);

  expect(ids()).toEqual(['b']);
});

test('waiting is told again before it is forgotten', async () => {
  await consumeWaiting(() => 1, { leaseTimeoutMs: 2_000 });
  await untilWaiting(1);
  const [key = ''] = await waitingFor();

  const ttls: number[] = [];
  await until(
    async () => {
      ttls.push(Number(await redis().cli('PTTL', key)));
      return ttls.length > 1 && (ttls.at(-1) ?? 0) > (ttls.at(-2) ?? 0);
    },
    { deadlineMs: 5_000, what: () => `a longer time to live, seen ${ttls.join()}` },
  );

  expect(Math.min(...ttls)).toBeGreaterThan(0);
});

test('who goes on waiting is handed nothing beside what is on its way, until that must be lost', async () => {
  const commands = startProgram('redis-cli', ['-p', String(redis().port), 'MONITOR']);
  onTestFinished(() => commands.stop());
  await commands.waitForLine(/^OK/, 5_000);
  await consumeWaiting(() => 1, { leaseTimeoutMs: 2_000 });
  await untilWaiting(1);
  const [key = ''] = await waitingFor();

  // as if a message had been claimed for it that has not come yet
  const seen = commands.lines.length;
  await redis().cli('DEL', key);
  await commands.waitForLine(/lua\] "EXISTS" "celeriac\.ready/, 5_000, seen);
  expect(await waitingFor()).toEqual([]);

  await untilWaiting(1);
});
