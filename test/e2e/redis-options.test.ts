import { join } from 'node:path';
import { Celery, type CeleryOptions, chain } from 'celeriac';
import { expect, onTestFinished, test } from 'vitest';

import { aMessage, idsOf, soonEnough } from '../support/messages.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp.ts';
import { consumeFrom, openTestTransport } from '../support/transports.ts';
import { until } from '../support/waits.ts';
import { runCli, startWorker } from '../support/worker.ts';

const tasks = new URL('../fixtures/tasks.ts', import.meta.url).pathname;

function anApp(options: CeleryOptions): Celery {
  const app = new Celery('fixture', options);
  onTestFinished(() => app.close());
  return app;
}

const clientsOf = async (server: RedisServer): Promise<string[]> =>
  (await server.cli('CLIENT', 'LIST'))
    .split('\n')
    .filter((line) => !line.includes('cmd=client|list'));

test.each(['redis+socket://SOCKET?virtual_host=1', 'unix://SOCKET?db=1'])(
  'programs and workers meet over a Unix socket: %s',
  async (form) => {
    const socket = join(tempDir(), 'redis.sock');
    const server = await startRedis({ args: ['--unixsocket', socket] });
    const url = form.replace('SOCKET', socket);
    const worker = await startWorker({ brokerUrl: url });
    const app = anApp({ broker: url, backend: url });

    const result = await app.sendTask<number>('fixture.add', [1, 2]);

    await expect(result.get({ timeout: 10 })).resolves.toBe(3);
    const clients = await clientsOf(server);
    // three of the worker, two of the program that waits for a result
    expect(clients).toHaveLength(5);
    expect(clients.every((line) => line.includes(`addr=${socket}:0`))).toBe(true);
    expect(await server.cli('-n', '1', 'EXISTS', `celery-task-meta-${result.id}`)).toBe('1');
    await worker.stop();
  },
);

test('user and password may be parameters', async () => {
  const server = await startRedis();
  await server.cli('ACL', 'SETUSER', 'someone', 'on', '>p&w', '~*', '&*', '+@all');
  const url = `redis://127.0.0.1:${server.port}/0?username=someone&password=p%26w`;

  const transport = await openTestTransport(url);
  await transport.publish([aMessage('a')], soonEnough());

  expect((await clientsOf(server))[0]).toContain('user=someone');
  expect(transport.store.url).not.toContain('p%26w');
});

test('all connections of an app go by the name it gives them', async () => {
  const server = await startRedis();
  const worker = await startWorker({
    brokerUrl: server.url,
    env: { CELERIAC_REDIS_CLIENT_NAME: 'orders-worker' },
  });
  const app = anApp({ broker: server.url, backend: server.url, redisClientName: 'orders' });

  await (await app.sendTask('fixture.add', [1, 2])).get({ timeout: 10 });

  const names = (await clientsOf(server)).map((line) => / name=(\S*)/.exec(line)?.[1]);
  expect(names.sort()).toEqual([
    ...['orders', 'orders'],
    ...['orders-worker', 'orders-worker', 'orders-worker'],
  ]);
  await worker.stop();
});

test('a silent server is given up after the time set for it', async () => {
  const server = await startRedis();
  const transport = await openTestTransport(server.url, { connection: { silenceMs: 300 } });
  const { notices } = await consumeFrom(transport);

  server.freeze();

  await until(() => notices.some((line) => line.includes('it has not answered for 0.3 s')), {
    deadlineMs: 3_000,
    what: 'the silence to be noticed',
  });
  server.thaw();
});

test.each([
  [{ brokerTransportOptions: { socketTimeout: 0.3 } }, 'broker'],
  [{ redisSocketTimeout: 0.3 }, 'result backend'],
] satisfies [CeleryOptions, string][])(
  '%j is the patience with a silent %s',
  async (options, place) => {
    const broker = await startRedis();
    const backend = await startRedis();
    const app = anApp({ broker: broker.url, backend: backend.url, ...options });
    const result = await app.sendTask('fixture.add', [1, 2]);
    expect(await result.state()).toBe('PENDING');

    const silent = place === 'broker' ? broker : backend;
    silent.freeze();
    const asking = place === 'broker' ? app.sendTask('fixture.add', [1, 2]) : result.state();

    await expect(asking).rejects.toThrow('it has not answered for 0.3 s');
    silent.thaw();
  },
);

test.each([
  [50, 10],
  [0, 0],
])(
  'the connection that hears from a server is tried out every %d ms',
  async (healthCheckMs, least) => {
    const server = await startRedis();
    const pings = async (): Promise<number> => {
      const stats = await server.cli('INFO', 'commandstats');
      return Number(/cmdstat_ping:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    };
    const transport = await openTestTransport(server.url, { connection: { healthCheckMs } });
    await consumeFrom(transport);
    const before = await until(async () => (await clientsOf(server)).length >= 2 && pings(), {
      deadlineMs: 5_000,
      what: 'the connections',
    });
    const from = performance.now();

    await until(async () => (await pings()) >= before + least && performance.now() - from > 400, {
      deadlineMs: 5_000,
      what: `${least} pings`,
    });

    // the renewal thread's greeting may come meanwhile
    if (healthCheckMs === 0) expect((await pings()) - before).toBeLessThanOrEqual(1);
  },
);

test('messages are taken from one broker and sent to another, what follows a task included', async () => {
  const [read, write, results] = [await startRedis(), await startRedis(), await startRedis()];
  const env = {
    CELERY_BROKER_READ_URL: read.url,
    CELERY_BROKER_WRITE_URL: write.url,
  };
  const worker = await startWorker({
    brokerUrl: 'redis://nowhere.invalid',
    backendUrl: results.url,
    env,
  });
  const sender = anApp({
    ...{ broker: 'redis://nowhere.invalid', brokerWriteUrl: read.url, backend: results.url },
  });

  const first = sender.signature('fixture.add', [1, 2]);
  const last = sender.signature('fixture.add', [4]);
  await chain(first, last).applyAsync();

  // the worker reads here, and writes what is next there
  await until(async () => (await write.cli('LLEN', 'celery')) === '1', {
    deadlineMs: 10_000,
    what: 'the second step at the other broker',
  });
  expect(await read.cli('EXISTS', 'celery', 'unacked')).toBe('0');
  await worker.stop();
});

test('a worker that is not to wait for its broker stops with an error, at start and later', async () => {
  const server = await startRedis();
  const proxy = await startProxy(server.port);
  const env = {
    ...{ CELERY_BROKER_URL: `redis://127.0.0.1:${proxy.port}`, CELERY_RESULT_BACKEND: server.url },
    CELERIAC_BROKER_CONNECTION_RETRY: 'false', // brokerConnectionRetry
    CELERIAC_BROKER_CONNECTION_TIMEOUT: '0.5',
  };
  const worker = await startWorker({ brokerUrl: env.CELERY_BROKER_URL, env });

  proxy.refuse();
  proxy.cut();
  const ending = await worker.exited;
  const other = runCli(['-A', tasks, 'worker'], env);
  const otherEnding = await other.exited;

  expect(ending.code).toBe(1);
  expect(worker.stderr).toContain('waiting no longer, the worker stops');
  expect(otherEnding.code).toBe(1);
  expect(other.stderr).toContain('cannot reach');
});

test('a worker tries as often as it is told to, and what happens at start has a word of its own', async () => {
  const server = await startRedis();
  const proxy = await startProxy(server.port);
  const url = `redis://127.0.0.1:${proxy.port}`;
  const env = {
    ...{ CELERY_BROKER_URL: url, CELERY_RESULT_BACKEND: server.url },
    CELERIAC_BROKER_CONNECTION_MAX_RETRIES: '2', // brokerConnectionMaxRetries
    CELERIAC_BROKER_CONNECTION_TIMEOUT: '0.2',
  };
  const worker = await startWorker({ brokerUrl: url, env });

  proxy.refuse();
  proxy.cut();
  const ending = await worker.exited;
  const starting = runCli(['-A', tasks, 'worker'], env);
  const startEnding = await starting.exited;
  const impatient = runCli(['-A', tasks, 'worker'], {
    ...env,
    CELERIAC_BROKER_CONNECTION_RETRY_ON_STARTUP: 'false', // brokerConnectionRetryOnStartup
  });
  await impatient.exited;

  expect([ending.code, startEnding.code]).toEqual([1, 1]);
  expect(starting.stderr.match(/trying again/g)).toHaveLength(2);
  expect(impatient.stderr).not.toContain('trying again');
});

test('a consumer tells how often its connection could not be made again', async () => {
  const server = await startRedis();
  const transport = await openTestTransport(server.url);
  const counts: number[] = [];
  await transport.publish([aMessage('a')], soonEnough());
  const { gather } = await consumeFrom(transport, {
    onLost: (_error, failures) => counts.push(failures),
  });
  expect(idsOf(await gather(1, 3_000))).toEqual(['a']);

  await server.kill();
  await until(() => counts.length >= 3, { deadlineMs: 5_000, what: 'two failures' });

  expect(counts.slice(0, 3)).toEqual([0, 1, 2]);
  await server.restart();
});
