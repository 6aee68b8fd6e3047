import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Celery } from 'celeriac';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { type StoreName, storeNames, stores } from '../support/stores.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

let app: Celery;
let url: string;

async function open(store: StoreName): Promise<void> {
  url = await stores[store]();
  app = new Celery('fixture', { broker: url, backend: url });
}

function send(name: string, args: readonly unknown[] = [], options = {}) {
  return app.sendTask(`fixture.${name}`, args, options);
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

function lines(file: string, count: number): Promise<true> {
  const what = () => `${count} lines, got ${linesOf(file).length}`;
  return until(() => linesOf(file).length >= count, { deadlineMs: 20_000, what });
}

describe.each(storeNames)('on %s', (store) => {
  beforeEach(() => open(store));
  afterEach(() => app.close());

  test('a worker told to stop finishes what runs, returns the rest in order, and exits 0', async () => {
    const file = join(tempDir(), 'runs');
    const first = await startWorker({ brokerUrl: url, args: ['-c', '1'] });
    const results = [await send('note', [file, 'a', 1_500])];
    await lines(file, 1);
    for (const text of ['b', 'c', 'd']) results.push(await send('note', [file, text]));

    first.kill('SIGTERM');
    await expect(first.exited).resolves.toEqual({ code: 0, signal: null });
    await expect(results[0]?.get({ timeout: 5 })).resolves.toBe('a');
    expect(linesOf(file)).toEqual(['a']);

    await startWorker({ brokerUrl: url, args: ['-c', '1'] });
    await Promise.all(results.map((each) => each.get({ timeout: 20 })));
    expect(linesOf(file)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a second signal waits no longer: what runs is aborted and goes back to its queue', async () => {
    const file = join(tempDir(), 'runs');
    const first = await startWorker({ brokerUrl: url, args: ['-c', '1'] });
    const result = await send('untilAborted', [file]);
    await lines(file, 1);

    first.kill('SIGTERM');
    await first.waitForLine(/taking no more tasks/, 5_000);
    first.kill('SIGTERM');
    await expect(first.exited).resolves.toEqual({ code: 0, signal: null });
    await expect(result.state()).resolves.toBe('PENDING');

    await startWorker({ brokerUrl: url, args: ['-c', '1'] });
    await lines(file, 2);
  });

  test('a killed worker loses nothing: another one runs its task once its lease is over', async () => {
    const file = join(tempDir(), 'runs');
    const first = await startWorker({ brokerUrl: url, args: ['-c', '1'] });
    const result = await send('note', [file, 'again', 60_000]);
    await lines(file, 1);

    first.kill('SIGKILL');
    await first.exited;
    await startWorker({ brokerUrl: url, args: ['-c', '1'] });

    await lines(file, 2);
    await expect(result.ready()).resolves.toBe(false);
  });

  test('a task that kills its worker three times is a dead letter, and its sender is told', async () => {
    const file = join(tempDir(), 'runs');
    const result = await send('kills', [file]);

    for (const round of [1, 2, 3]) {
      const worker = await startWorker({ brokerUrl: url, args: ['-c', '1'] }).catch(
        () => undefined,
      );
      await lines(file, round);
      await worker?.exited;
    }
    const last = await startWorker({ brokerUrl: url, args: ['-c', '1'] });

    await last.waitForLine(/dead letters/, 20_000);
    await expect(result.get({ timeout: 20 })).rejects.toMatchObject({
      remote: { type: 'WorkerLostError' },
    });
    expect(linesOf(file)).toEqual(['kills', 'kills', 'kills']);
  });

  test.each(['threads', 'solo'])('code that blocks the pool %s keeps its claim', async (pool) => {
    const file = join(tempDir(), 'runs');
    await startWorker({ brokerUrl: url, args: ['-c', '1', '-P', pool] });
    await startWorker({ brokerUrl: url, args: ['-c', '1', '-n', 'other@%h'] });
    const result = await send('spin', [file, 8_000]); // longer than lease and visibility timeout

    await expect(result.get({ timeout: 30 })).resolves.toBe(8_000);
    expect(linesOf(file)).toEqual(['spin']);
  });

  test('a far ETA survives the death of the worker that laid it aside', async () => {
    const first = await startWorker({ brokerUrl: url });
    const sentMs = Date.now();
    const result = await app.sendTask('fixture.add', [1, 2], { countdown: 5 });
    const other = await app.sendTask('fixture.add', [1, 1]);
    await other.get({ timeout: 10 }); // so the first one has been claimed and laid aside

    first.kill('SIGKILL');
    await first.exited;
    await startWorker({ brokerUrl: url });

    await expect(result.get({ timeout: 30 })).resolves.toBe(3);
    expect(Date.now() - sentMs).toBeGreaterThanOrEqual(5_000);
  });

  test('an unknown task is put back for a worker that knows it', async () => {
    const folder = tempDir();
    const module = join(folder, 'other.mjs');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(module, moduleText('other', "app.task({ name: 'late.hello' }, () => 'hello')"));
    const first = await startWorker({ brokerUrl: url });

    const result = await app.sendTask('late.hello');
    const line = await first.waitForLine(/late\.hello\[.*not registered here.*/, 10_000);
    expect(line[0]).toContain('-A');
    first.kill('SIGTERM');
    await first.exited;
    await startWorker({ brokerUrl: url, module });

    await expect(result.get({ timeout: 30 })).resolves.toBe('hello');
  });

  test('an unknown task that nobody knows in time is a dead letter, and its sender is told', async () => {
    const env = { FIXTURE_UNKNOWN_S: '1' };
    const worker = await startWorker({ brokerUrl: url, env });

    const result = await app.sendTask('never.heard');

    await expect(result.get({ timeout: 30 })).rejects.toMatchObject({
      remote: { type: 'NotRegistered', args: ['never.heard'] },
    });
    await worker.waitForLine(/never\.heard.*dead letters/, 5_000);
    await expect((await send('add', [1, 1])).get({ timeout: 10 })).resolves.toBe(2);
  });

  test('a long task has nothing waiting behind it that another slot could run', async () => {
    const file = join(tempDir(), 'runs');
    await startWorker({ brokerUrl: url, args: ['-c', '1', '-n', 'one@%h'] });
    await startWorker({ brokerUrl: url, args: ['-c', '1', '-n', 'two@%h'] });
    await Promise.all(
      [1, 2, 3, 4].map(async () => (await send('note', [file, 'warm'])).get({ timeout: 10 })),
    );

    await send('spin', [file, 10_000]);
    const sentMs = Date.now();
    const short = await Promise.all(
      Array.from({ length: 20 }, () => send('note', [join(tempDir(), 'short'), 'short', 10])),
    );
    await Promise.all(short.map((each) => each.get({ timeout: 30 })));

    expect(Date.now() - sentMs).toBeLessThan(5_000); // promised: a second
  });

  test('a task that is acked first is not taken before there is a place for it', async () => {
    const file = join(tempDir(), 'runs');
    await startWorker({ brokerUrl: url, args: ['-c', '1'] });
    const results = [await send('early', [file, 2_500])];
    await lines(file, 1);

    for (let i = 0; i < 2; i++) results.push(await send('early', [file, 1]));
    const transport = await app.transport();

    await expect(transport.size('celery')).resolves.toBe(2);
    await Promise.all(results.map((result) => result.get({ timeout: 20 })));
  });

  test('a task acknowledged before it runs is not run again', async () => {
    const file = join(tempDir(), 'runs');
    const first = await startWorker({ brokerUrl: url, args: ['-c', '1'] });
    await send('early', [file, 60_000]);
    await lines(file, 1);
    first.kill('SIGKILL');
    await first.exited;

    await startWorker({ brokerUrl: url, args: ['-c', '1'] });
    const marker = await send('note', [file, 'marker']);
    await marker.get({ timeout: 20 });
    await until(async () => (await send('note', [file, 'later'])).get({ timeout: 10 }), {
      deadlineMs: 10_000,
      what: 'a second task',
    });

    expect(linesOf(file).filter((line) => line === 'early')).toHaveLength(1);
  });
});

describe('on Redis', () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await startRedis();
    url = redis.url;
    app = new Celery('fixture', { broker: url, backend: url });
  });
  afterEach(() => app.close());

  const malformed: [what: string, payload: string, reason: RegExp][] = [
    // all others are rows of test/support/odd-rows.ts
    ['no JSON', 'hello', /no object of JSON/],
    ['a numeric id', envelope({ id: 5 }), /'id'/],
  ];

  test.each(malformed)('%s becomes a dead letter, byte for byte', async (_, payload, reason) => {
    const worker = await startWorker({ brokerUrl: url });

    await redis.cli('LPUSH', 'celery', payload);
    await until(async () => (await redis.cli('LLEN', 'celery.dead')) === '1', {
      deadlineMs: 10_000,
      what: 'the dead letter',
    });

    expect(await redis.cli('LRANGE', 'celery.dead', '0', '-1')).toBe(payload);
    expect(await redis.cli('HVALS', 'celery.dead.info')).toMatch(reason);
    expect(await redis.cli('HLEN', 'unacked')).toBe('0');
    await expect((await send('add', [1, 2])).get({ timeout: 10 })).resolves.toBe(3);
    expect(worker.lines.filter((line) => /dead.letter/i.test(line))).toHaveLength(1);
  });

  test('a broker that restarts finds the worker at work again by itself', async () => {
    await startWorker({ brokerUrl: url });
    await (await send('add', [1, 1])).get({ timeout: 10 });

    await redis.kill();
    await redis.restart();

    const result = await until(() => send('add', [2, 2]).catch(() => undefined), {
      deadlineMs: 10_000,
      what: 'the client to send again',
    });
    await expect(result.get({ timeout: 25 })).resolves.toBe(4); // promised: 5 s
  });

  test('a worker starts before its broker does, and says what it waits for', async () => {
    await redis.kill();
    const starting = startWorker({ brokerUrl: url });
    await redis.restart();
    const worker = await starting;

    await expect((await send('add', [1, 1])).get({ timeout: 10 })).resolves.toBe(2);
    worker.kill('SIGTERM');
    await expect(worker.exited).resolves.toMatchObject({ code: 0 });
  });

  test('broker and results may be two databases, or two servers', async () => {
    const second = await startRedis();
    for (const backendUrl of [url.replace(/\/0$/, '/1'), second.url]) {
      const worker = await startWorker({ brokerUrl: url, backendUrl });
      const client = new Celery('fixture', { broker: url, backend: backendUrl });
      const result = await client.sendTask('fixture.add', [20, 3]);
      await expect(result.get({ timeout: 10 })).resolves.toBe(23);
      await client.close();
      await worker.stop();
    }
  });

  test('a Redis broker keeps its results in SQLite, and the other way round', async () => {
    const file = await stores.sqlite();
    for (const [brokerUrl, backendUrl] of [
      [url, file],
      [file, url],
    ] as const) {
      const worker = await startWorker({ brokerUrl, backendUrl });
      const client = new Celery('fixture', { broker: brokerUrl, backend: backendUrl });
      const result = await client.sendTask('fixture.add', [20, 4]);
      await expect(result.get({ timeout: 10 })).resolves.toBe(24);
      await client.close();
      await worker.stop();
    }
  });
});

function moduleText(name: string, task: string): string {
  const celeriac = new URL('../../dist/index.js', import.meta.url).href;
  return `import { Celery } from '${celeriac}';\nexport const app = new Celery('${name}');\n${task};\n`;
}

/** A message for `fixture.add`, with one thing changed. */
function envelope(change: { body?: string; id?: unknown; eta?: string }): string {
  const body = change.body ?? Buffer.from('[[1, 2], {}, {}]').toString('base64');
  const headers = {
    lang: 'py',
    task: 'fixture.add',
    id: change.id ?? randomUUID(),
    eta: change.eta ?? null,
  };
  return JSON.stringify({
    body,
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers,
    properties: {
      delivery_info: { exchange: '', routing_key: 'celery' },
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: randomUUID(),
    },
  });
}
