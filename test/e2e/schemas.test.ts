import { Celery, type TaskFailedError } from 'celeriac';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningProgram } from '../support/process.ts';
import { Project, stopped } from '../support/project.ts';
import { startPythonClient } from '../support/python.ts';
import { startRedis } from '../support/redis.ts';
import { until } from '../support/waits.ts';

const tasks = `
import { Celery, currentTask } from 'celeriac';
import { type } from 'arktype';
import * as v from 'valibot';
import * as z from 'zod';

export const app = new Celery('shop', { taskAnnotations: { 'shop.*': { trackStarted: true } } });
const common = { meta: { team: 'billing' }, autoretryFor: [Error] };
const Order = z.object({ lines: z.array(z.object({ price: z.number() })) });
app.task({ ...common, name: 'shop.zod', args: [z.coerce.date(), Order] }, (at, order) => {
  return [at instanceof Date, order.lines.length, currentTask()?.task.meta, currentTask()?.task.options.trackStarted];
});
app.task({ ...common, name: 'shop.valibot', args: v.tupleAsync([v.pipeAsync(v.string(), v.checkAsync(async (x) => x !== 'taken', 'is in use'))]) }, (text) => text);
app.task({ ...common, name: 'shop.arktype', args: [type('string.email')] }, (email) => email);
`;

describe.each(['threads', 'solo'])('a worker of the pool %s whose tasks have schemas', (pool) => {
  const project = new Project(new Map([['tasks.ts', tasks]]));
  for (const name of ['zod', 'valibot', 'arktype']) project.link(name);
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let worker: RunningProgram;
  let client: Celery;

  beforeAll(async () => {
    redis = await startRedis();
    const env = { CELERY_BROKER_URL: redis.url, CELERY_RESULT_BACKEND: redis.url };
    worker = project.run(`npx celeriac -A tasks.ts worker -P ${pool} -c 1`, env);
    await worker.waitForLine(/ready/, 30_000);
    client = new Celery('client', { broker: redis.url, backend: redis.url });
  });
  afterAll(async () => {
    await client.close();
    expect(await stopped(worker)).toBe(0);
  });

  const endingOf = async (name: string, args: unknown[]) => {
    const result = await client.sendTask(`shop.${name}`, args);
    return result.get({ timeout: 20 }).catch((error: unknown) => error as TaskFailedError);
  };

  test('calls functions with what the schemas make of the arguments', async () => {
    const good = { lines: [{ price: 1 }] };

    expect(await endingOf('zod', ['2026-01-02', good])).toEqual([
      true,
      1,
      { team: 'billing' },
      true,
    ]);
    expect(await endingOf('valibot', ['free'])).toBe('free');
    expect(await endingOf('arktype', ['a@b.cd'])).toBe('a@b.cd');
  });

  test.each([
    ['zod', ['2026-01-02', { lines: [{ price: 'canary' }] }], 'order.lines[0].price: '],
    ['valibot', ['taken'], 'text: is in use'],
    ['arktype', ['canary'], 'email: '],
  ])(
    'tells the sender of what does not fit %s, and keeps the message',
    async (name, args, text) => {
      const before = Number(await redis.cli('LLEN', 'celery.dead'));

      const error = (await endingOf(name, args)) as TaskFailedError;

      expect(error.remote).toMatchObject({ type: 'ArgumentsInvalidError', module: 'celeriac' });
      expect(error.message).toContain(text);
      expect(error.message).not.toContain('canary');
      const isKept = async () => Number(await redis.cli('LLEN', 'celery.dead')) === before + 1;
      await until(isKept, { what: 'the dead letter', deadlineMs: 10_000 });
      expect(await redis.cli('HVALS', 'celery.dead.info')).toContain(`'shop.${name}' are invalid`);
    },
  );

  test("checks what Python's client sends by keyword, and tells it", async () => {
    const python = await startPythonClient({ brokerUrl: redis.url, backendUrl: redis.url });
    const kwargs = { order: { lines: [{ price: 1 }] }, at: '2026-01-02' };

    const good = await python.call('shop.zod', [], { kwargs });
    const bad = await python.call('shop.zod', [], { kwargs: { ...kwargs, order: {} } });

    await expect(python.get(good)).resolves.toEqual([true, 1, { team: 'billing' }, true]);
    await expect(python.get(bad)).rejects.toMatchObject({ type: 'ArgumentsInvalidError' });
  });
});
