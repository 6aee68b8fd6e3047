import { Celery } from 'celeriac';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/redis-server.mjs';
import { openBackend } from '../../src/backends/index.ts';
import { BrokerUnavailableError } from '../../src/errors.ts';
import type { ConnectionOptions } from '../../src/protocol/index.ts';
import type { ChordPart, Completion, Transport } from '../../src/transports/index.ts';
import { acksOf, aMessage, aResult, idsOf, soonEnough, tagsOf } from '../support/messages.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport } from '../support/transports.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

let one: RedisServer;
let two: RedisServer;
let both: string;

beforeEach(async () => {
  one = await startRedis();
  two = await startRedis();
  both = `${one.url};${two.url}`;
});

/** A transport with the lines that it tells. */
async function open(
  urls: string,
  connection: ConnectionOptions = {},
): Promise<{ transport: Transport; notices: string[] }> {
  const notices: string[] = [];
  const onNotice = (message: string): number => notices.push(message);
  return {
    transport: await openTestTransport(urls, { connection: { ...connection, onNotice } }),
    notices,
  };
}

/** Sends, again if the connection was just lost: then it is not known whether it was stored. */
const sendSoon = (transport: Transport, ...ids: string[]): Promise<true> =>
  until(
    async () => {
      const sending = transport.publish(
        ids.map((id) => aMessage(id)),
        soonEnough(),
      );
      return sending.then(
        () => true as const,
        () => false,
      );
    },
    { deadlineMs: 5_000, what: 'a server' },
  );
/** Where a chord is kept. */
function place(groupId: string) {
  const [key, completeKey] = [`celery-taskset-meta-${groupId}`, 'celeriac.chords'];
  return { groupId, key, completeKey, db: 0, ttlMs: 60_000, isOrdered: true };
}
const aPart = (groupId: string): ChordPart => {
  const what = { taskId: 'm', index: 0, member: '[]', ending: '{}' };
  return { ...place(groupId), ...what, writes: [], parts: [] };
};
const lengthOn = async (server: RedisServer): Promise<number> =>
  Number(await server.cli('LLEN', 'celery'));
const clientsOn = async (server: RedisServer): Promise<number> =>
  (await server.cli('CLIENT', 'LIST')).split('\n').length - 1;

describe('a sender', () => {
  test('uses the first server that is there', async () => {
    const { transport, notices } = await open(`redis://127.0.0.1:${await freePort()}/0;${two.url}`);

    await transport.publish([aMessage('a')], soonEnough());

    expect(await lengthOn(two)).toBe(1);
    expect(notices).toEqual([expect.stringMatching(/does not answer; using .* from now on/)]);
  });

  test('goes to the next server and back, each time that one dies', async () => {
    const { transport, notices } = await open(both);
    await transport.publish([aMessage('a')], soonEnough());

    await one.kill();
    await sendSoon(transport, 'b');
    await one.restart();
    await two.kill();
    await sendSoon(transport, 'c');

    expect(notices).toHaveLength(2);
    expect(await lengthOn(one)).toBe(1);
    await two.restart();
  });

  test('gives up at its deadline when no server is there', async () => {
    const { transport } = await open(both);
    await Promise.all([one.kill(), two.kill()]);

    const started = performance.now();
    const sending = transport.publish([aMessage('a')], AbortSignal.timeout(500));

    await expect(sending).rejects.toThrow(BrokerUnavailableError);
    expect(performance.now() - started).toBeLessThan(900);
  });

  test('never repeats on another server what one may have stored', async () => {
    const proxy = await startProxy(one.port);
    const urls = `redis://127.0.0.1:${proxy.port}/0;${two.url}`;
    const { transport } = await open(urls, { silenceMs: 200, connectTimeoutMs: 200 });
    await transport.publish([aMessage('a')], soonEnough());

    proxy.blackhole();
    const sending = transport.publish([aMessage('b')], soonEnough());
    await expect(sending).rejects.toThrow('it has not answered for 0.2 s');
    proxy.refuse();
    await transport.publish([aMessage('c')], soonEnough());

    expect(await lengthOn(one)).toBe(1);
    expect(await lengthOn(two)).toBe(1);
  });

  test('waits for a connection no longer than it is told to', async () => {
    const proxy = await startProxy(one.port);
    proxy.blackhole();
    // a TCP connection comes about all the same; one with TLS does not
    const urls = `rediss://127.0.0.1:${proxy.port}/0?socket_connect_timeout=0.2;${two.url}`;
    const { transport } = await open(urls);

    const started = performance.now();
    await transport.publish([aMessage('a')], soonEnough());

    expect(performance.now() - started).toBeLessThan(1_500);
    expect(await lengthOn(two)).toBe(1);
  });
});

describe('a consumer', () => {
  test('begins anew on the next server with all of its connections, and leaves its claims behind', async () => {
    const { transport } = await open(both);
    await transport.publish([aMessage('a')], soonEnough());
    const { consumer, gather, notices } = await consumeFrom(transport);
    const old = await gather(1, 3_000);
    expect(await clientsOn(one)).toBeGreaterThanOrEqual(2);

    await one.kill();
    await sendSoon(transport, 'b', 'c');
    const next = await gather(2, 5_000);

    expect([idsOf(old), idsOf(next)]).toEqual([['a'], ['b', 'c']]);
    const completions = acksOf([...old, ...next]).map((each, at): Completion => {
      return {
        ...each,
        writes: [aResult(`${at}`)],
        messages: at === 0 ? [aMessage('after a')] : [],
        parts: at === 0 ? [aPart('b')] : [],
      };
    });
    await two.cli('HSET', 'celeriac.chords', place('g').key, '1 {}');
    const settle = { kind: 'fire', chord: place('g') } as const;
    const body = aMessage('body', { queue: 'bodies' });
    completions.push({ tag: 'fire g', settle, writes: [], messages: [body], parts: [] });
    expect(await consumer.commit(completions)).toEqual(tagsOf(old));
    // of what was claimed elsewhere only the result is stored
    expect(await two.cli('EXISTS', 'unacked', 'celery', `${place('b').key}.j`)).toBe('0');
    // a chord is no claim
    expect(await two.cli('LLEN', 'bodies')).toBe('1');
    expect(await two.cli('EXISTS', aResult('0').key, aResult('2').key)).toBe('2');
    await until(async () => (await clientsOn(two)) === 3, {
      deadlineMs: 15_000, // the thread that renews is compiled first
      what: 'commands, subscriber and renewal on the second server',
    });
    expect(notices.filter((line) => line.includes('connected to'))).toHaveLength(1);
  });

  test('moves with all its connections when one of them cannot be made again', async () => {
    const proxy = await startProxy(one.port);
    const { transport } = await open(`redis://127.0.0.1:${proxy.port}/0;${two.url}`);
    const { gather } = await consumeFrom(transport);
    await until(async () => (await clientsOn(one)) >= 2, { deadlineMs: 5_000, what: 'a consumer' });

    proxy.refuse();
    await one.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(async () => (await clientsOn(two)) >= 2, {
      deadlineMs: 5_000,
      what: 'commands and subscriber on the second server',
    });
    await transport.publish([aMessage('a')], soonEnough());

    expect(idsOf(await gather(1, 5_000))).toEqual(['a']);
  });

  test('renews on the server where its claims are', async () => {
    const transport = await openTestTransport(both, { leaseTimeoutMs: 900 });
    await transport.publish([aMessage('a')], soonEnough());
    const { gather } = await consumeFrom(transport);
    await gather(1, 3_000);
    await one.kill();
    await sendSoon(transport, 'b');
    await gather(1, 5_000);

    const lease = (): Promise<string> =>
      two.cli('ZRANGE', 'celeriac.leases', '0', '-1', 'WITHSCORES');
    const claimed = await lease();
    await until(async () => (await lease()) !== claimed, {
      deadlineMs: 15_000, // the thread that renews is compiled first
      what: 'a renewal',
    });

    expect(claimed).toMatch(/^c8-/);
    expect((await lease()).split('\n')[0]).toBe(claimed.split('\n')[0]);
  });
});

test('a list and a single server are different stores; two of the same list are one', async () => {
  const options = { expiresMs: 60_000, connectTimeoutMs: 4_000, jsonTypes: 'typed' } as const;
  const identityOf = async (urls: string): Promise<string> => {
    const backend = await openBackend(urls, options);
    onTestFinished(() => backend.close());
    return backend.store.identity();
  };
  const { transport } = await open(both);

  const identity = await transport.store.identity();

  expect(await identityOf(both)).toBe(identity);
  expect(await identityOf(both.replaceAll('/0', '/1'))).toBe(identity);
  expect(await identityOf(one.url)).not.toBe(identity);
  expect(await identityOf(`${two.url};${one.url}`)).not.toBe(identity);
});

test('a program and a worker of two servers outlive either', async () => {
  const worker = await startWorker({ brokerUrl: both });
  const app = new Celery('fixture', {
    ...{ broker: [one.url, two.url], backend: both },
  });
  onTestFinished(() => app.close());
  const add = async (x: number): Promise<number> =>
    (
      await until(() => app.sendTask<number>('fixture.add', [x, 1]).catch(() => undefined), {
        deadlineMs: 5_000,
        what: 'a server to send to',
      })
    ).get({ timeout: 10 });

  expect(await add(1)).toBe(2);
  await one.kill();
  expect(await add(2)).toBe(3);
  await one.restart();
  await two.kill();
  expect(await add(3)).toBe(4);

  await worker.stop();
  const changes = worker.lines.filter((line) => line.includes('from now on'));
  expect(changes).toHaveLength(2);
});
