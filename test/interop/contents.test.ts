import { Celery } from 'celeriac';
import { beforeEach, expect, test } from 'vitest';
import { onFileEnd } from '../support/cleanup.ts';
import { type PythonClient, startPythonClient, startPythonWorker } from '../support/python.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { startWorker } from '../support/worker.ts';

const PYTHON = `
app.conf.accept_content = ['json', 'yaml']

@app.task(name='py.echo')
def echo(*args, **kwargs):
    return [list(args), kwargs]
`;

let redis: RedisServer;
let app: Celery;
let python: PythonClient;

beforeEach(async () => {
  redis = await startRedis();
  app = new Celery('contents', { broker: redis.url, backend: redis.url });
  onFileEnd(() => app.close());
});

function pythonOptions() {
  return { brokerUrl: redis.url, backendUrl: redis.url, source: PYTHON };
}

const texts = ['yes', '012', '1:30', '1e3', '<<', '', 'é 😀', 'a\nb'];
const args = [texts, [0, -1, 1.5, 1e21, 1e-7, 2 ** 40], { '2': [{}], yes: null }, true];

test('Python reads what we write in yaml and compressed, each and both', async () => {
  await startPythonWorker({ ...pythonOptions(), queues: ['python'] });
  const send = (options: object) =>
    app.sendTask('py.echo', args, { ...options, kwargs: { k: 'v' }, queue: 'python' });

  const sent = await Promise.all([
    send({ serializer: 'yaml' }),
    send({ compression: 'zlib' }),
    send({ serializer: 'yaml', compression: 'gzip' }),
  ]);

  for (const result of sent) {
    await expect(result.get({ timeout: 20 })).resolves.toEqual([args, { k: 'v' }]);
  }
});

test('we read what Python writes, but only what acceptContent has', async () => {
  await startWorker({
    brokerUrl: redis.url,
    args: ['-Q', 'both', '--set', 'acceptContent=json,yaml'],
  });
  await startWorker({ brokerUrl: redis.url, args: ['-Q', 'json', '-n', 'two@%h'] });
  python = await startPythonClient(pythonOptions());
  const call = (options: Record<string, unknown>) => python.call('fixture.add', [2, 3], options);

  const read = [
    await call({ queue: 'both', serializer: 'yaml' }),
    await call({ queue: 'both', serializer: 'yaml', compression: 'zlib' }),
    await call({ queue: 'json', compression: 'gzip' }),
  ];
  const refused = [
    [await call({ queue: 'json', serializer: 'yaml' }), "add 'yaml' to 'acceptContent'"],
    [await call({ queue: 'json', serializer: 'pickle' }), 'application/x-python-serialize'],
    [
      await call({ queue: 'json', compression: 'bzip2' }),
      "'application/x-bz2' is not in this Node",
    ],
  ] as const;

  for (const id of read) await expect(python.get(id)).resolves.toBe(5);
  for (const [id, reason] of refused) {
    await expect(python.get(id)).rejects.toThrow(reason);
  }
  expect(await redis.cli('LLEN', 'json.dead')).toBe('3');
});

test('a task that retries keeps its serializer and compression, with its arguments changed or not', async () => {
  await startWorker({ brokerUrl: redis.url, args: ['--set', 'acceptContent=json,yaml,msgpack'] });

  for (const serializer of ['yaml', 'msgpack']) {
    const options = { serializer, compression: 'zlib' };
    const same = await app.sendTask('fixture.flaky', [2], options);
    const changed = await app.sendTask('fixture.changing', [2], options);

    await expect(same.get({ timeout: 20 })).resolves.toBe(2);
    await expect(changed.get({ timeout: 20 })).resolves.toEqual([2, 1]);
  }
});
