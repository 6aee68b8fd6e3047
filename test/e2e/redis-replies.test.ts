import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { openBackend, type ResultBackend } from '../../src/backends/index.ts';
import type { Completion, Consumer } from '../../src/transports/index.ts';
import { aMessage, aResult, soonEnough, tagsOf } from '../support/messages.ts';
import { useRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport } from '../support/transports.ts';
import { until } from '../support/waits.ts';

const redis = useRedis();
const CHANNEL = 'celeriac.reply.me';

async function openClient(replyTo = 'me'): Promise<ResultBackend> {
  const backend = await openBackend(redis().url, {
    ...{ expiresMs: 60_000, connectTimeoutMs: 4_000, jsonTypes: 'typed', replyTo },
  });
  onTestFinished(() => backend.close());
  return backend;
}

/** A worker's side: runs the tasks of these ids, all in one commit. */
async function openWorker(): Promise<(ids: readonly string[], write?: Write) => Promise<void>> {
  const transport = await openTestTransport(redis().url);
  const { consumer } = await consumeFrom(transport);
  return async (ids, write = aResult) => {
    await transport.publish(
      ids.map((id) => aMessage(id)),
      soonEnough(),
    );
    await commit(consumer, ids, write);
  };
}

type Write = (id: string) => Completion['writes'][number];

async function commit(consumer: Consumer, ids: readonly string[], write: Write): Promise<void> {
  const tags = tagsOf(await consumer.claim(ids.length));
  const completions = tags.map((tag, place): Completion => {
    const writes = [write(ids[place] ?? '')];
    return { tag, replyTo: 'me', settle: { kind: 'ack' }, writes, messages: [] };
  });
  await consumer.commit(completions);
}

/** A client and a worker that have had to do with each other before. */
async function openBoth() {
  const [client, run] = [await openClient(), await openWorker()];
  await Promise.all([client.wait('before', soonEnough(), performance.now()), run(['before'])]);
  await until(async () => (await redis().cli('PUBSUB', 'NUMSUB', CHANNEL)).endsWith('\n1'), {
    deadlineMs: 5_000,
    what: 'the client to listen',
  });
  await run(['known']);
  await client.wait('known', soonEnough(), performance.now());
  await redis().cli('CONFIG', 'RESETSTAT');
  const wait = (id: string) => client.wait(id, undefined, performance.now());
  return { client, run, wait };
}

/** How often a command was called since the client and the worker know each other. */
async function callsOf(command: string): Promise<number> {
  const stats = await redis().cli('INFO', 'commandstats');
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

/** Whether a result that is waited for now gets no channel of its own. */
async function isReliedUpon({ run, wait }: Awaited<ReturnType<typeof openBoth>>): Promise<boolean> {
  await sleep(150); // what had to be noticed was by now
  const before = await callsOf('subscribe');
  const waiting = wait('another');
  await run(['another']);
  await waiting;
  return (await callsOf('subscribe')) === before;
}

test('results come without a subscription or a reading for each', async () => {
  const { run, wait } = await openBoth();

  for (const id of ['a', 'b', 'c']) {
    const waiting = wait(id);
    await run([id]);
    expect(await waiting).toMatchObject({ taskId: id, status: 'SUCCESS', result: 3 });
  }

  expect([await callsOf('subscribe'), await callsOf('mget')]).toEqual([0, 0]);
});

test('all results of a commit come in one message', async () => {
  const { run, wait } = await openBoth();
  const ids = Array.from({ length: 50 }, (_, place) => `task ${place}`);

  const waiting = ids.map(wait);
  await run(ids);
  const metas = await Promise.all(waiting);

  expect(metas.map(({ taskId }) => taskId)).toEqual(ids);
  // each on its own channel too, for whoever else waits
  expect(await callsOf('publish')).toBe(51);
});

test('a result that came before it was waited for is there', async () => {
  const { run, client } = await openBoth();
  const sentMs = performance.now();

  await run(['a', 'b', 'last']);
  await client.wait('last', soonEnough(), sentMs); // so have the replies
  expect(await client.wait('a', soonEnough(), sentMs)).toMatchObject({ taskId: 'a' });
  expect(await client.wait('b', soonEnough(), sentMs)).toMatchObject({ taskId: 'b' });

  expect([await callsOf('subscribe'), await callsOf('mget')]).toEqual([0, 0]);
});

test('of many that were not waited for the first are read, at once', async () => {
  const both = await openBoth();
  const { run, client } = both;
  const sentMs = performance.now();
  const ids = Array.from({ length: 1_500 }, (_, place) => `task ${place}`);

  await run(ids);
  await run(['last']);
  await client.wait('last', soonEnough(), sentMs); // so have the replies
  const startedMs = performance.now();
  for (const id of ids.slice(0, 50)) await client.wait(id, soonEnough(), sentMs);
  const tookMs = performance.now() - startedMs;
  const metas = await Promise.all(ids.slice(50).map((id) => client.wait(id, soonEnough(), sentMs)));

  expect(metas.map(({ taskId }) => taskId)).toEqual(ids.slice(50));
  expect(await callsOf('mget')).toBeGreaterThanOrEqual(50);
  // a moment for each that is put off would be 2,500
  expect(tookMs).toBeLessThan(1_000);
  expect(await isReliedUpon(both)).toBe(true);
});

test('what was sent before anybody listened is not left to a reply', async () => {
  const { run, client } = await openBoth();

  const waiting = client.wait('a', soonEnough(), 0);
  await until(async () => (await callsOf('subscribe')) === 1, {
    deadlineMs: 1_000,
    what: 'the result to be listened to',
  });
  await run(['a']);

  expect(await waiting).toMatchObject({ taskId: 'a' });
});

test('a result of a worker that sends no replies is found, and the next without delay', async () => {
  const both = await openBoth();
  const { client, wait } = both;

  const waiting = wait('a');
  await client.apply([aResult('a')]);
  expect(await waiting).toMatchObject({ taskId: 'a' });
  expect(await isReliedUpon(both)).toBe(false);
});

test('a result without a reply is there in time for who waits not long', async () => {
  const { client, run } = await openBoth();
  const controller = new AbortController();
  let replies = 0;
  const flow = async () => {
    while (!controller.signal.aborted) await run([`other ${replies++}`]);
  };
  const flowing = flow();

  const waiting = client.wait('a', AbortSignal.timeout(1_000), performance.now());
  await client.apply([aResult('a')]);
  expect(await waiting).toMatchObject({ taskId: 'a' });

  controller.abort();
  await flowing;
  expect(replies).toBeGreaterThan(5);
});

test('a result too long for a reply is read', async () => {
  const { client, run, wait } = await openBoth();
  const long = 'x'.repeat(30_000);
  const write: Write = (id) => {
    const { document, ...others } = aResult(id);
    return { ...others, document: document.replace('"result": 3', `"result": "${long}"`) };
  };

  const waiting = wait('a');
  await run(['a'], write);

  expect(await waiting).toMatchObject({ taskId: 'a', result: long });
  expect(await callsOf('mget')).toBe(1);
  const sentMs = performance.now();
  await run(['early'], write);
  await run(['last']);
  await client.wait('last', soonEnough(), sentMs);
  expect(await client.wait('early', soonEnough(), sentMs)).toMatchObject({ result: long });
});

test('a state that is not final is no reply', async () => {
  const { run, wait } = await openBoth();
  let hasCome = false;
  const waiting = wait('a').finally(() => {
    hasCome = true;
  });

  await run(['a'], (id) => aResult(id, 'STARTED'));
  await run(['other']);
  await wait('other');
  expect(hasCome).toBe(false);
  await run(['a']);

  expect(await waiting).toMatchObject({ status: 'SUCCESS' });
  expect(await callsOf('publish')).toBe(1 + 2 + 2);
});

test('a result that comes while the connection is cut is found', async () => {
  const both = await openBoth();
  const { run, wait } = both;

  const waiting = wait('a');
  await redis().cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await run(['a']);

  expect(await waiting).toMatchObject({ taskId: 'a' });
  expect(await isReliedUpon(both)).toBe(true);
});

test('a forgotten result is not kept for whoever waits later', async () => {
  const { client, run } = await openBoth();
  const sentMs = performance.now();
  await run(['a', 'b']);
  await client.wait('b', soonEnough(), sentMs); // so has the reply

  await client.forget('a');
  const waiting = client.wait('a', AbortSignal.timeout(300), sentMs);

  await expect(waiting).rejects.toThrow('timeout');
});

test('replies go to their sender alone', async () => {
  const { run, wait } = await openBoth();
  await openClient('somebody else');

  const waiting = wait('a');
  await run(['a']);
  await waiting;

  const channels = (await redis().cli('PUBSUB', 'CHANNELS', 'celeriac.reply.*')).split('\n');
  expect(channels).toEqual([CHANNEL]);
});

test('without anybody who waits a client listens to nothing', async () => {
  const client = await openClient();
  const run = await openWorker();

  await run(['a']);
  expect(await client.find('a')).toMatchObject({ taskId: 'a' });

  expect(await redis().cli('PUBSUB', 'CHANNELS', 'celeriac.reply.*')).toBe('');
});
