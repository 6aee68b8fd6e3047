import { Celery, chain } from 'celeriac';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

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

/** All keys but those that begin with a prefix of ours. */
async function foreignKeys(): Promise<string[]> {
  const keys = (await redis.cli('KEYS', '*')).split('\n');
  return keys.filter((key) => key !== '' && !key.startsWith('app:') && !key.startsWith('res_'));
}

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
