import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { freePort } from '../../scripts/redis-server.mjs';
import { openBackend } from '../../src/backends/index.ts';
import { BrokerRefusedError, BrokerUnavailableError } from '../../src/errors.ts';
import { openTransport } from '../../src/transports/index.ts';
import { aMessage, idsOf, soonEnough } from '../support/messages.ts';
import { startProgram } from '../support/process.ts';
import { startRedis, useRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport } from '../support/transports.ts';

const redis = useRedis();
const backendOptions = { expiresMs: 60_000, connectTimeoutMs: 4_000, jsonTypes: 'typed' } as const;
const identityOf = async (url: string): Promise<string> => {
  const transport = await openTestTransport(url);
  return transport.store.identity();
};

test('a scheme that nobody has is an error that names it and those there are', async () => {
  const options = { visibilityTimeoutMs: 1, leaseTimeoutMs: 1, connectTimeoutMs: 1 };
  await expect(openTransport('amqps://somewhere', options)).rejects.toThrow(
    "no broker for URLs of scheme 'amqps'; use one of 'memory:', 'redis:', 'rediss:', 'redis+socket:', 'unix:', 'sqlite:'",
  );
  await expect(openBackend('mongodb://somewhere', backendOptions)).rejects.toThrow(
    "no result backend for URLs of scheme 'mongodb'; use one of 'memory:', 'redis:', 'rediss:', 'redis+socket:', 'unix:', 'sqlite:'",
  );
});

test('publishing to a server that is not there fails at the deadline and names host and cause', async () => {
  const port = await freePort();
  const transport = await openTestTransport(`redis://:s3cret@127.0.0.1:${port}`);

  const started = performance.now();
  const publishing = transport.publish([aMessage('a')], AbortSignal.timeout(500));

  const error = await publishing.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(BrokerUnavailableError);
  expect(String(error)).toMatch(
    `redis://127.0.0.1:${port}/0': connect ECONNREFUSED 127.0.0.1:${port}`,
  );
  expect(String(error)).not.toContain('s3cret');
  expect(performance.now() - started).toBeLessThan(1_000);
});

test('a program whose broker is not there ends as soon as it has closed its connections', async () => {
  const entry = new URL('../../dist/index.js', import.meta.url).href;
  const source = `
    import { Celery } from '${entry}';
    const app = new Celery('a', { broker: 'redis://127.0.0.1:${await freePort()}', brokerSendTimeout: 0.2 });
    await app.sendTask('a.b').catch((error) => console.log(error.code));
    await app.close();
    console.log('closed');`;
  const program = startProgram(process.execPath, ['--input-type=module', '-e', source]);

  await program.waitForLine(/^closed$/, 10_000);
  const closedAt = performance.now();
  const ending = await program.exited;

  expect(program.stdout).toBe('BROKER_UNAVAILABLE\nclosed\n');
  expect(ending.code).toBe(0);
  expect(performance.now() - closedAt).toBeLessThan(1_500);
});

test('an abort that is no deadline rejects with its reason', async () => {
  const transport = await openTestTransport(`redis://127.0.0.1:${await freePort()}`);
  const controller = new AbortController();
  const publishing = transport.publish([aMessage('a')], controller.signal);

  controller.abort(new Error('changed my mind'));

  await expect(publishing).rejects.toThrow('changed my mind');
});

test.each(['redis://', 'redis://:wrong@', 'redis://nobody:wrong@'])(
  'a server with a password refuses %s at once, for sending, taking and waiting',
  async (credentials) => {
    const server = await startRedis({ args: ['--requirepass', 'right'] });
    const url = `${credentials}127.0.0.1:${server.port}`;
    const transport = await openTestTransport(url);
    const backend = await openBackend(url, backendOptions);

    const started = performance.now();
    await expect(transport.publish([aMessage('a')], soonEnough())).rejects.toThrow(
      BrokerRefusedError,
    );
    await expect(consumeFrom(transport)).rejects.toThrow(BrokerRefusedError);
    await expect(backend.wait('a', soonEnough())).rejects.toThrow(BrokerRefusedError);
    await expect(transport.store.identity()).rejects.not.toThrow('wrong');

    expect(performance.now() - started).toBeLessThan(2_000);
    await backend.close();
    const right = await openTestTransport(`redis://:right@127.0.0.1:${server.port}`);
    await right.publish([aMessage('a')], soonEnough());
    expect(await right.size('celery')).toBe(1);
  },
);

test('what a frozen server had before it when the sender gave up is not delivered when it thaws', async () => {
  const transport = await openTestTransport(redis().url);
  await transport.publish([aMessage('before')], soonEnough());

  redis().freeze();
  const started = performance.now();
  const outcomes = await Promise.allSettled(
    [50, 400].map((ms) => transport.publish([aMessage(`in ${ms}`)], AbortSignal.timeout(ms))),
  );
  const tookMs = performance.now() - started;
  redis().thaw();

  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(tookMs).toBeLessThan(1_000);
  await transport.publish([aMessage('after')], soonEnough());
  await sleep(300);
  const { consumer } = await consumeFrom(transport);
  expect(idsOf(await consumer.claim(5))).toEqual(['before', 'after']);
});

test('a sender outlasts a frozen server if it has the time, and sends once', async () => {
  const transport = await openTestTransport(redis().url);
  await transport.publish([aMessage('before')], soonEnough());

  redis().freeze();
  const publishing = transport.publish([aMessage('patient')], soonEnough());
  await sleep(800);
  redis().thaw();
  await publishing;

  const { consumer } = await consumeFrom(transport);
  expect(idsOf(await consumer.claim(5))).toEqual(['before', 'patient']);
});

test('databases of one server are one store, another server and another user are not', async () => {
  const other = await startRedis();
  await redis().cli('ACL', 'SETUSER', 'someone', 'on', '>pw', '~*', '&*', '+@all');
  const { port } = redis();
  const own = await identityOf(`redis://127.0.0.1:${port}/0`);

  expect(await identityOf(`redis://127.0.0.1:${port}/1`)).toBe(own);
  expect(await identityOf(`redis://localhost:${port}/0`)).toBe(own);
  expect(await identityOf(other.url)).not.toBe(own);
  expect(await identityOf(`redis://someone:pw@127.0.0.1:${port}/0`)).not.toBe(own);
});

test('a user whose scripts cannot select has a store per database', async () => {
  await redis().cli('ACL', 'SETUSER', 'bound', 'on', '>pw', '~*', '&*', '+@all', '-select');
  const url = `redis://bound:pw@127.0.0.1:${redis().port}/0`;

  expect(await identityOf(url)).toMatch(/^\w+\|bound\|0$/);
});

test('connections of one URL are shared, and closed with the last who uses them', async () => {
  const url = redis().url;
  const transports = await Promise.all([openTestTransport(url), openTestTransport(url)]);
  const backend = await openBackend(url, backendOptions);
  await Promise.all(transports.map((each) => each.size('celery')));
  expect(await backend.find('a')).toBeUndefined();
  const clients = async (): Promise<number> =>
    (await redis().cli('CLIENT', 'LIST', 'TYPE', 'normal')).split('\n').length - 1;

  expect(await clients()).toBe(1);

  await transports[0]?.close();
  await transports[0]?.close();
  await backend.close();
  expect(await transports[1]?.size('celery')).toBe(0);
  await transports[1]?.close();
  await sleep(100);
  expect(await clients()).toBe(0);
});
