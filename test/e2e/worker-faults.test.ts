import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Celery, type Seconds } from 'celeriac';
import { describe, expect, type TestContext, test } from 'vitest';
import type { RunningProgram } from '../support/process.ts';
import { startRedis } from '../support/redis.ts';
import { storeNames, stores } from '../support/stores.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { startWorker, type WorkerSetup } from '../support/worker.ts';

/** What a test has for itself, as several of them run at once. */
class Ground {
  readonly url: string;
  readonly app: Celery;
  /** Where tasks note that they run. */
  readonly file = join(tempDir(), 'runs');
  readonly #workers: RunningProgram[] = [];

  constructor(url: string, { onTestFinished }: TestContext) {
    this.url = url;
    this.app = new Celery('fixture', { broker: url, backend: url });
    onTestFinished(() => this.#end());
  }

  /** Starts a worker that ends with the test. */
  async worker(args: readonly string[] = [], more: Partial<WorkerSetup> = {}) {
    const worker = await startWorker({ brokerUrl: this.url, args, ...more });
    this.#workers.push(worker);
    return worker;
  }

  send(name: string, args: readonly unknown[] = [], options = {}) {
    return this.app.sendTask(`fixture.${name}`, args, options);
  }

  async #end(): Promise<void> {
    // some would finish what they run first
    for (const worker of this.#workers) worker.kill('SIGKILL');
    await Promise.all(this.#workers.map(({ exited }) => exited));
    await this.app.close();
  }
}

const ONE_SLOT = ['-c', '1'];

/** The environment of a worker with other timeouts than those of the fixture. */
function withTimeouts(options: Record<'visibilityTimeout' | 'leaseTimeout', Seconds>) {
  return { CELERIAC_BROKER_TRANSPORT_OPTIONS: JSON.stringify(options) };
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

function lines(file: string, count: number): Promise<true> {
  const what = () => `${count} lines, got ${linesOf(file).length}`;
  return until(() => linesOf(file).length >= count, { deadlineMs: 20_000, what });
}

describe.concurrent.each(storeNames)('on %s', (store) => {
  const open = async (context: TestContext) => new Ground(await stores[store](), context);

  test('a worker told to stop finishes what runs, returns the rest in order, and exits 0', async (context) => {
    const ground = await open(context);
    const { file } = ground;
    const first = await ground.worker(ONE_SLOT);
    const results = [await ground.send('note', [file, 'a', 1_500])];
    await lines(file, 1);
    for (const text of ['b', 'c', 'd']) results.push(await ground.send('note', [file, text]));

    first.kill('SIGTERM');
    await expect(first.exited).resolves.toEqual({ code: 0, signal: null });
    await expect(results[0]?.get({ timeout: 5 })).resolves.toBe('a');
    expect(linesOf(file)).toEqual(['a']);

    await ground.worker(ONE_SLOT);
    await Promise.all(results.map((each) => each.get({ timeout: 20 })));
    expect(linesOf(file)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a second signal waits no longer: what runs is aborted and goes back to its queue', async (context) => {
    const ground = await open(context);
    const { file } = ground;
    const first = await ground.worker(ONE_SLOT);
    const result = await ground.send('untilAborted', [file]);
    await lines(file, 1);

    first.kill('SIGTERM');
    await first.waitForLine(/taking no more tasks/, 5_000);
    first.kill('SIGTERM');
    await expect(first.exited).resolves.toEqual({ code: 0, signal: null });
    await expect(result.state()).resolves.toBe('PENDING');

    await ground.worker(ONE_SLOT);
    await lines(file, 2);
  });

  test('a killed worker loses nothing: another one runs its task once its lease is over', async (context) => {
    const ground = await open(context);
    const { file } = ground;
    const first = await ground.worker(ONE_SLOT);
    const result = await ground.send('note', [file, 'again', 60_000]);
    await lines(file, 1);

    first.kill('SIGKILL');
    await first.exited;
    await ground.worker(ONE_SLOT);

    await lines(file, 2);
    await expect(result.ready()).resolves.toBe(false);
  });

  test('a task that kills its worker three times is a dead letter, and its sender is told', async (context) => {
    const ground = await open(context);
    const { file } = ground;
    const result = await ground.send('kills', [file]);

    for (const round of [1, 2, 3]) {
      const worker = await ground.worker(ONE_SLOT).catch(() => undefined);
      await lines(file, round);
      await worker?.exited;
    }
    const last = await ground.worker(ONE_SLOT);

    await last.waitForLine(/dead letters/, 20_000);
    await expect(result.get({ timeout: 20 })).rejects.toMatchObject({
      remote: { type: 'WorkerLostError' },
    });
    expect(linesOf(file)).toEqual(['kills', 'kills', 'kills']);
  });

  test.for(['threads', 'solo'])(
    'code that blocks the pool %s keeps its claim',
    async (pool, context) => {
      const ground = await open(context);
      const { file } = ground;
      const env = withTimeouts({ visibilityTimeout: 3, leaseTimeout: 2 });
      await ground.worker([...ONE_SLOT, '-P', pool], { env });
      await ground.worker([...ONE_SLOT, '-n', 'other@%h'], { env });
      const result = await ground.send('block', [file, 6_000]); // twice as long as either timeout

      await expect(result.get({ timeout: 30 })).resolves.toBe(6_000);
      expect(linesOf(file)).toEqual(['block']);
    },
  );

  test('a far ETA survives the death of the worker that laid it aside', async (context) => {
    const ground = await open(context);
    const first = await ground.worker();
    const sentMs = Date.now();
    const result = await ground.app.sendTask('fixture.add', [1, 2], { countdown: 5 });
    const other = await ground.app.sendTask('fixture.add', [1, 1]);
    await other.get({ timeout: 10 }); // so the first one has been claimed and laid aside

    first.kill('SIGKILL');
    await first.exited;
    await ground.worker();

    await expect(result.get({ timeout: 30 })).resolves.toBe(3);
    expect(Date.now() - sentMs).toBeGreaterThanOrEqual(5_000);
  });

  test('an unknown task is put back for a worker that knows it', async (context) => {
    const ground = await open(context);
    const folder = tempDir();
    const module = join(folder, 'other.mjs');
    writeFileSync(module, moduleText('other', "app.task({ name: 'late.hello' }, () => 'hello')"));
    const first = await ground.worker();

    const result = await ground.app.sendTask('late.hello');
    const line = await first.waitForLine(/late\.hello\[.*not registered here.*/, 10_000);
    expect(line[0]).toContain('-A');
    first.kill('SIGTERM');
    await first.exited;
    await ground.worker([], { module });

    await expect(result.get({ timeout: 30 })).resolves.toBe('hello');
  });

  test('an unknown task that nobody knows in time is a dead letter, and its sender is told', async (context) => {
    const ground = await open(context);
    const env = { FIXTURE_UNKNOWN_S: '1' };
    const worker = await ground.worker([], { env });

    const result = await ground.app.sendTask('never.heard');

    await expect(result.get({ timeout: 30 })).rejects.toMatchObject({
      remote: { type: 'NotRegistered', args: ['never.heard'] },
    });
    await worker.waitForLine(/never\.heard.*dead letters/, 5_000);
    await expect((await ground.send('add', [1, 1])).get({ timeout: 10 })).resolves.toBe(2);
  });

  test('a long task has nothing waiting behind it that another slot could run', async (context) => {
    const ground = await open(context);
    const { file } = ground;
    await ground.worker([...ONE_SLOT, '-n', 'one@%h']);
    await ground.worker([...ONE_SLOT, '-n', 'two@%h']);
    await Promise.all(
      [1, 2, 3, 4].map(async () =>
        (await ground.send('note', [file, 'warm'])).get({ timeout: 10 }),
      ),
    );

    await ground.send('block', [file, 10_000]);
    const sentMs = Date.now();
    const short = await Promise.all(
      Array.from({ length: 20 }, () =>
        ground.send('note', [join(tempDir(), 'short'), 'short', 10]),
      ),
    );
    await Promise.all(short.map((each) => each.get({ timeout: 30 })));

    expect(Date.now() - sentMs).toBeLessThan(5_000); // promised: a second
  });

  test('a task that is acked first is not taken before there is a place for it', async (context) => {
    const ground = await open(context);
    const { file } = ground;
    // what is handed over to a worker that stands still for longer than a lease is taken for lost, and comes beside others
    const env = withTimeouts({ visibilityTimeout: 60, leaseTimeout: 30 });
    await ground.worker(ONE_SLOT, { env });
    const results = [await ground.send('early', [file, 6_000])];
    await lines(file, 1);

    for (let i = 0; i < 2; i++) results.push(await ground.send('early', [file, 1]));
    const transport = await ground.app.transport();

    await expect(transport.size('celery')).resolves.toBe(2);
    await Promise.all(results.map((result) => result.get({ timeout: 20 })));
  });

  test('a task acknowledged before it runs is not run again', async (context) => {
    const ground = await open(context);
    const { file } = ground;
    const first = await ground.worker(ONE_SLOT);
    await ground.send('early', [file, 60_000]);
    await lines(file, 1);
    first.kill('SIGKILL');
    await first.exited;

    await ground.worker(ONE_SLOT);
    const marker = await ground.send('note', [file, 'marker']);
    await marker.get({ timeout: 20 });
    await until(async () => (await ground.send('note', [file, 'later'])).get({ timeout: 10 }), {
      deadlineMs: 10_000,
      what: 'a second task',
    });

    expect(linesOf(file).filter((line) => line === 'early')).toHaveLength(1);
  });
});

describe.concurrent('on Redis', () => {
  const open = async (context: TestContext) => {
    const redis = await startRedis();
    return { redis, ground: new Ground(redis.url, context) };
  };

  const malformed: [what: string, payload: string, reason: RegExp][] = [
    // all others are rows of test/support/odd-rows.ts
    ['no JSON', 'hello', /no object of JSON/],
    ['a numeric id', envelope({ id: 5 }), /'id'/],
  ];

  test.for(malformed)(
    '%s becomes a dead letter, byte for byte',
    async ([, payload, reason], context) => {
      const { redis, ground } = await open(context);
      const worker = await ground.worker();

      await redis.cli('LPUSH', 'celery', payload);
      await until(async () => (await redis.cli('LLEN', 'celery.dead')) === '1', {
        deadlineMs: 10_000,
        what: 'the dead letter',
      });

      expect(await redis.cli('LRANGE', 'celery.dead', '0', '-1')).toBe(payload);
      expect(await redis.cli('HVALS', 'celery.dead.info')).toMatch(reason);
      expect(await redis.cli('HLEN', 'unacked')).toBe('0');
      await expect((await ground.send('add', [1, 2])).get({ timeout: 10 })).resolves.toBe(3);
      expect(worker.lines.filter((line) => /dead.letter/i.test(line))).toHaveLength(1);
    },
  );

  test('a broker that restarts finds the worker at work again by itself', async (context) => {
    const { redis, ground } = await open(context);
    await ground.worker();
    await (await ground.send('add', [1, 1])).get({ timeout: 10 });

    await redis.kill();
    await redis.restart();

    const result = await until(() => ground.send('add', [2, 2]).catch(() => undefined), {
      deadlineMs: 10_000,
      what: 'the client to send again',
    });
    await expect(result.get({ timeout: 25 })).resolves.toBe(4); // promised: 5 s
  });

  test('a worker starts before its broker does, and says what it waits for', async (context) => {
    const { redis, ground } = await open(context);
    await redis.kill();
    const starting = ground.worker();
    await redis.restart();
    const worker = await starting;

    await expect((await ground.send('add', [1, 1])).get({ timeout: 10 })).resolves.toBe(2);
    worker.kill('SIGTERM');
    await expect(worker.exited).resolves.toMatchObject({ code: 0 });
  });

  test('broker and results may be two databases, or two servers', async (context) => {
    const { redis, ground } = await open(context);
    const second = await startRedis();
    for (const backendUrl of [redis.url.replace(/\/0$/, '/1'), second.url]) {
      const worker = await ground.worker([], { backendUrl });
      const client = new Celery('fixture', { broker: redis.url, backend: backendUrl });
      const result = await client.sendTask('fixture.add', [20, 3]);
      await expect(result.get({ timeout: 10 })).resolves.toBe(23);
      await client.close();
      await worker.stop();
    }
  });

  test('a Redis broker keeps its results in SQLite, and the other way round', async (context) => {
    const { redis, ground } = await open(context);
    const file = await stores.sqlite();
    for (const [brokerUrl, backendUrl] of [
      [redis.url, file],
      [file, redis.url],
    ] as const) {
      const worker = await ground.worker([], { brokerUrl, backendUrl });
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
