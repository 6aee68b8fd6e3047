import { Celery, group } from 'celeriac';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { useRedis } from '../support/redis.ts';
import { startWorker } from '../support/worker.ts';

const redis = useRedis();
let app: Celery;

beforeEach(() => {
  app = new Celery('fixture', { broker: redis().url, backend: redis().url });
});
afterEach(() => app.close());

const add = (a: number, b: number) => app.signature<number>('fixture.add', [a, b]);

/** How many scripts the server has run. */
async function scripts(): Promise<number> {
  const stats = await redis().cli('INFO', 'commandstats');
  return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce(
    (sum, [, calls]) => sum + Number(calls),
    0,
  );
}

test('up to 2,000 calls are one round trip, and what is said of all holds for each', async () => {
  await app.sendMany([add(0, 0)]);
  const before = await scripts();

  const handles = await app.sendMany(
    Array.from({ length: 2_000 }, (_none, index) => add(index, 1)),
    { queue: 'many', priority: 6 },
  );

  // one, or one more when a slow server was asked too late
  expect((await scripts()) - before).toBeLessThanOrEqual(2);
  expect(await redis().cli('LLEN', 'many\x06\x166')).toBe('2000');
  const first = await redis().cli('LINDEX', 'many\x06\x166', '-1');
  expect(first).toContain(handles[0]?.id);
});

test('one call that cannot be sent holds back all of its batch', async () => {
  const bad = app.signature('fixture.add', [() => 1]);

  await expect(app.sendMany([add(1, 2), bad, add(3, 4)])).rejects.toMatchObject({
    code: 'ENCODE_FAILED',
  });

  expect(await redis().cli('EXISTS', 'celery')).toBe('0');
});

test('of more than a batch those that were sent are told when the rest cannot be', async () => {
  const calls = Array.from({ length: 4_001 }, (_none, index) => add(index, 1));
  const bad = app.signature('fixture.add', [Symbol('no')]);

  const sent = app.sendMany([...calls, bad]);

  await expect(sent).rejects.toMatchObject({ code: 'PARTLY_SENT', sent: 4_000, total: 4_002 });
  expect(await redis().cli('LLEN', 'celery')).toBe('4000');
});

test('many calls are run, and each has its handle, in order', async () => {
  await startWorker({ brokerUrl: redis().url });

  const [first, pair, last] = await app.sendMany([
    add(1, 2),
    group([add(3, 4), add(5, 6)]),
    add(7, 8).set({ priority: 3 }),
  ]);

  expect(await first.get({ timeout: 20 })).toBe(3);
  expect(await pair.get({ timeout: 20 })).toEqual([7, 11]);
  expect(await last.get({ timeout: 20 })).toBe(15);
});
