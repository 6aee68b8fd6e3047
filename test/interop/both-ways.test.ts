import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Celery, chain, type TaskFailedError } from 'celeriac';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type PythonClient, startPythonClient, startPythonWorker } from '../support/python.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

/** Python's side: `add`, and one that fails, under the names our programs use. */
const PYTHON_TASKS = `
import time

@app.task(name='py.add')
def add(x, y):
    return x + y

@app.task(name='py.fail')
def fail(message):
    raise ValueError(message, 42)

@app.task(name='fixture.note')
def note(path, text, ms=0):
    with open(path, 'a') as file:
        file.write('python ' + text + '\\n')
    time.sleep(ms / 1000)
    return 'python ' + text
`;

/** The fixture's visibility timeout. */
const VISIBILITY_S = 6;

let redis: RedisServer;
let app: Celery;

beforeEach(async () => {
  redis = await startRedis();
  app = new Celery('interop', { broker: redis.url, backend: redis.url });
});
afterEach(() => app.close());

function pythonOptions() {
  return { brokerUrl: redis.url, backendUrl: redis.url, source: PYTHON_TASKS };
}

/** How many claims were last renewed longer ago than that. */
async function claimsOlderThan(seconds: number): Promise<number> {
  const limit = String(Date.now() / 1000 - seconds);
  return Number(await redis.cli('ZCOUNT', 'unacked_index', '-inf', limit));
}

function pythonClient(): Promise<PythonClient> {
  return startPythonClient({ brokerUrl: redis.url, backendUrl: redis.url });
}

test("Python's client has its task run by our worker", async () => {
  await startWorker({ brokerUrl: redis.url });
  const python = await pythonClient();

  const positional = await python.call('fixture.add', [2, 3]);
  const keywords = await python.call('fixture.greet', [], { kwargs: { name: 'Ann' } });

  await expect(python.get(positional)).resolves.toBe(5);
  await expect(python.get(keywords)).resolves.toBe('hello Ann');
  await expect(python.state(positional)).resolves.toBe('SUCCESS');
});

test("our client has its task run by Python's worker", async () => {
  await startPythonWorker(pythonOptions());

  const positional = await app.sendTask('py.add', [2, 3]);
  const keywords = await app.sendTask('py.add', [], { kwargs: { x: 20, y: 3 } });

  await expect(positional.get({ timeout: 20 })).resolves.toBe(5);
  await expect(keywords.get({ timeout: 20 })).resolves.toBe(23);
});

test('a chain has a step in each language, whoever sends it', async () => {
  await startPythonWorker({ ...pythonOptions(), queues: ['python'] });
  await startWorker({ brokerUrl: redis.url, args: ['-Q', 'ours'] });
  const python = await pythonClient();
  const inPython = { queue: 'python' };
  const inOurs = { queue: 'ours' };

  const sentByUs = await chain(
    app.signature('py.add', [1, 2], inPython),
    app.signature('fixture.add', [10], inOurs),
    app.signature('py.add', [100], inPython),
  ).applyAsync();
  const sentByPython = await python.apply(
    "chain(sig('fixture.add', 1, 2).set(queue='ours'), sig('py.add', 20).set(queue='python'), sig('fixture.add', 200).set(queue='ours'))",
  );

  await expect(sentByUs.get({ timeout: 20 })).resolves.toBe(113);
  await expect(python.get(sentByPython)).resolves.toBe(223);
});

test('each reads the error of the other: type, message, traceback', async () => {
  await startPythonWorker({ ...pythonOptions(), queues: ['python'] });
  await startWorker({ brokerUrl: redis.url, args: ['-Q', 'ours'] });
  const python = await pythonClient();

  const fromPython = await app.sendTask('py.fail', ['boom'], { queue: 'python' });
  const error = await fromPython.get({ timeout: 20 }).catch((thrown: unknown) => thrown);
  const fromUs = await python.call('fixture.fail', ['too far'], { queue: 'ours' });

  expect(error).toMatchObject({ remote: { type: 'ValueError', args: ['boom', 42] } });
  expect((error as TaskFailedError).remote.traceback).toContain('raise ValueError');
  await expect(python.get(fromUs)).rejects.toMatchObject({
    type: 'RangeError',
    message: expect.stringContaining('too far'),
  });
  await expect(python.evaluate(`app.AsyncResult('${fromUs}').traceback`)).resolves.toContain(
    'tasks.ts',
  );
});

test('a Python keyword that we do not know fails with a TypeError, as in Python', async () => {
  await startWorker({ brokerUrl: redis.url });
  const python = await pythonClient();

  const unknown = await python.call('fixture.greet', ['Ann'], { kwargs: { volume: 1 } });
  const missing = await python.call('fixture.add', [1]);

  await expect(python.get(unknown)).rejects.toMatchObject({
    type: 'TypeError',
    message: expect.stringContaining('volume'),
  });
  await expect(python.get(missing)).rejects.toMatchObject({
    type: 'TypeError',
    message: expect.stringContaining("'b'"),
  });
});

test('a countdown of ours is kept by Python, and one of Python by us', async () => {
  await startPythonWorker({ ...pythonOptions(), queues: ['python'] });
  await startWorker({ brokerUrl: redis.url, args: ['-Q', 'ours'] });
  const python = await pythonClient();
  const sentMs = Date.now();

  const options = { countdown: 1, queue: 'python' };
  const inPython = await app.sendTask('py.add', [1, 1], options);
  const inOurs = await python.call('fixture.add', [2, 2], { countdown: 1, queue: 'ours' });

  await expect(inPython.get({ timeout: 20 })).resolves.toBe(2);
  await expect(python.get(inOurs)).resolves.toBe(4);
  expect(Date.now() - sentMs).toBeGreaterThanOrEqual(1_000);
});

test('Python finishes a task that our worker was killed with', async () => {
  const file = join(tempDir(), 'runs');
  writeFileSync(file, '');
  const ours = await startWorker({ brokerUrl: redis.url, args: ['-c', '1'] });
  const result = await app.sendTask('fixture.note', [file, 'long', 60_000]);
  await until(() => readFileSync(file, 'utf8').includes('long'), {
    deadlineMs: 10_000,
    what: 'our worker to start the task',
  });

  ours.kill('SIGKILL');
  await ours.exited;
  await until(async () => (await claimsOlderThan(VISIBILITY_S)) === 1, {
    deadlineMs: 30_000,
    what: 'the claim to be older than the visibility timeout',
  });
  const options = `app.conf.broker_transport_options = {'visibility_timeout': ${VISIBILITY_S}}`;
  const source = `${options}\n${PYTHON_TASKS.replace('ms / 1000', '0')}`;
  await startPythonWorker({ ...pythonOptions(), source }); // sweeps when it starts

  await expect(result.get({ timeout: 40 })).resolves.toBe('python long');
  expect(readFileSync(file, 'utf8').split('\n').filter(Boolean)).toEqual(['long', 'python long']);
});
