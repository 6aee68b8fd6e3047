import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Celery } from 'celeriac';
import { beforeEach, expect, test } from 'vitest';
import { onFileEnd } from '../support/cleanup.ts';
import { useRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

const redis = useRedis();
let app: Celery;
let file: string;

beforeEach(async () => {
  app = new Celery('fixture', { broker: redis().url, backend: redis().url });
  onFileEnd(() => app.close());
  file = join(tempDir(), 'noted');
  await startWorker({ brokerUrl: redis().url, args: ['--set', 'acceptContent=json,yaml,msgpack'] });
});

const lines = () =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).sort() : [];
const noted = (expected: string[]) =>
  until(() => lines().join() === expected.join(), {
    ...{ deadlineMs: 20_000, what: () => `${expected} to be noted, not ${lines()}` },
  });

test('what is linked to a call runs with its result, what is linked to its failure with its id', async () => {
  const link = [
    app.signature('fixture.add', [10], { link: app.signature('fixture.add', [100]) }),
    app.signature('fixture.note', [file, 'linked'], { immutable: true }),
  ];
  const linkError = app.signature('fixture.note', [file, 'failed'], { immutable: true });

  const good = await app.sendTask('fixture.add', [1, 2], { link, linkError });
  const bad = await app.sendTask('fixture.fail', ['no'], { link, linkError });

  expect(await good.get({ timeout: 20 })).toBe(3);
  await expect(bad.get({ timeout: 20 })).rejects.toMatchObject({ code: 'TASK_FAILED' });
  await noted(['failed', 'linked']);
});

test('links, chains and results go on in each serializer', async () => {
  for (const serializer of ['json', 'yaml', 'msgpack']) {
    const options = { serializer, compression: 'zlib' };
    const step = app.signature('fixture.note', [serializer], options);
    const call = app.signature('fixture.note', [file, file], { ...options, link: step });
    await (await call.applyAsync()).get({ timeout: 20 });
  }

  await noted([file, file, file, 'json', 'msgpack', 'yaml'].sort());
});
