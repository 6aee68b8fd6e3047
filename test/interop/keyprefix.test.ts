import { Celery, chain } from 'celeriac';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPythonClient, startPythonWorker } from '../support/python.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

/** Python's side: the prefixes, and a task. */
const PYTHON = `
app.conf.broker_transport_options = {'global_keyprefix': 'app:'}
# what Celery has made of result_backend_transport_options.global_keyprefix = 'res' since 5.3
app.backend.task_keyprefix = b'res_celery-task-meta-'

@app.task(name='py.add')
def add(x, y):
    return x + y
`;

const settings = {
  brokerTransportOptions: { globalKeyprefix: 'app:' },
  resultBackendTransportOptions: { globalKeyprefix: 'res' },
};
const env = {
  CELERIAC_BROKER_TRANSPORT_OPTIONS: '{"globalKeyprefix": "app:"}',
  CELERIAC_RESULT_BACKEND_TRANSPORT_OPTIONS: '{"global_keyprefix": "res"}',
};

let redis: RedisServer;
let app: Celery;

beforeEach(async () => {
  redis = await startRedis();
  app = new Celery('fixture', { broker: redis.url, backend: redis.url, ...settings });
});
afterEach(() => app.close());

/** All keys but those that begin with a prefix of ours, or are Python's own of another kind. */
async function foreignKeys(): Promise<string[]> {
  const keys = (await redis.cli('KEYS', '*')).split('\n');
  return keys.filter((key) => key !== '' && !key.startsWith('app:') && !key.startsWith('res_'));
}

test("Python's client with the same prefixes has its task run by our worker", async () => {
  const worker = await startWorker({ brokerUrl: redis.url, env });
  const python = await startPythonClient({
    ...{ brokerUrl: redis.url, backendUrl: redis.url, source: PYTHON },
  });

  const id = await python.call('fixture.add', [1, 2]);

  await expect(python.get(id, { timeout: 10 })).resolves.toBe(3);
  expect(await redis.cli('EXISTS', `res_celery-task-meta-${id}`)).toBe('1');
  expect(await foreignKeys()).toEqual([]);
  await worker.stop();
});

test("our client with the same prefixes has its task run by Python's worker", async () => {
  const worker = await startPythonWorker({
    ...{ brokerUrl: redis.url, backendUrl: redis.url, source: PYTHON },
  });

  const result = await app.sendTask<number>('py.add', [1, 2]);

  await expect(result.get({ timeout: 10 })).resolves.toBe(3);
  await worker.stop();
});

test('two apps with prefixes on one Redis do not see each other, whatever their tasks do', async () => {
  await redis.cli('ACL', 'SETUSER', 'app', 'on', '>pw', '~app:*', '~res_*', '&*', '+@all');
  const brokerUrl = redis.url.replace('//', '//app:pw@'); // may use no other key
  const [ours, theirs] = await Promise.all([
    startWorker({ brokerUrl, env }),
    startWorker({
      ...{ brokerUrl: redis.url },
      env: { CELERIAC_BROKER_TRANSPORT_OPTIONS: '{"globalKeyprefix": "other:"}' },
    }),
  ]);
  const options = { timeout: 15 };

  const added = await app.sendTask<number>('fixture.add', [1, 2]);
  const later = await app.sendTask<number>('fixture.add', [3, 4], { countdown: 1.5 });
  const retried = await app.sendTask('fixture.flaky', [1]);
  const dead = await app.sendTask('fixture.rejected');
  const steps = [app.signature('fixture.add', [5, 6]), app.signature('fixture.add', [7])] as const;
  const chained = await chain(...steps).applyAsync();

  expect(await added.get(options)).toBe(3);
  expect(await later.get(options)).toBe(7);
  expect(await chained.get(options)).toBe(18);
  expect(await retried.get(options)).toBe(1);
  await until(async () => (await redis.cli('LLEN', 'app:celery.dead')) === '1', {
    deadlineMs: 10_000,
    what: `the dead letter of '${dead.id}'`,
  });
  expect(await redis.cli('ACL', 'LOG')).toBe('');
  expect((await foreignKeys()).filter((key) => !key.startsWith('other:'))).toEqual([]);
  await Promise.all([ours.stop(), theirs.stop()]);
  expect(ours.lines.join('\n')).toMatch(/received|succeeded/);
  expect(theirs.lines.join('\n')).not.toMatch(/received|succeeded/);
});
