import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BrokerUnavailableError } from '../../src/errors.ts';
import { aMessage, deliveries, idsOf, soonEnough, tagsOf } from '../support/messages.ts';
import { type RunningProgram, startTypeScript } from '../support/process.ts';
import { startProxy } from '../support/proxy.ts';
import { useRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport } from '../support/transports.ts';
import { until } from '../support/waits.ts';

const redis = useRedis();
const CLAIMER = new URL('../fixtures/redis-claimer.ts', import.meta.url);
const ids = ['a', 'b', 'c', 'd', 'e'];

/** Publishes `ids` and has another process claim and settle them, and die at `point`. */
async function claimElsewhere(step: string, point = ''): Promise<RunningProgram> {
  const transport = await openTestTransport(redis().url);
  await transport.publish(
    ids.map((id) => aMessage(id)),
    soonEnough(),
  );
  const program = startTypeScript(CLAIMER, [redis().url, step, point]);
  if (point) expect(await program.exited).toMatchObject({ signal: 'SIGKILL' });
  else await program.waitForLine(/^claimed 5$/, 10_000);
  return program;
}

test.each(['claimed', 'committing'])(
  'a worker that dies when it has %s loses nothing: all is given back in order, and counted',
  async (point) => {
    await claimElsewhere('commit', point);

    const { gather, notices } = await consumeFrom(
      await openTestTransport(redis().url, { visibilityTimeoutMs: 4_000 }),
    );
    const claimed = await gather(5, 15_000);

    expect(idsOf(claimed)).toEqual(ids);
    const [first] = deliveries(claimed);
    expect(first?.headers['x-celeriac-deliveries']).toBe(1);
    expect(first?.properties.delivery_info).toMatchObject({ redelivered: true });
    await until(() => /gave 5 claims back: worker 'c8-\w+' is gone/.test(notices.join()), {
      ...{ deadlineMs: 2_000, what: () => `the notice; ${notices.join('; ')}` },
    });
  },
);

test('a worker that dies when it has committed leaves results and what follows, and no claim', async () => {
  await claimElsewhere('commit', 'committed');

  const { consumer } = await consumeFrom(await openTestTransport(redis().url));

  expect(idsOf(await consumer.claim(10))).toEqual(ids.map((id) => `${id} next`));
  const results = ids.map((id) => `celery-task-meta-${id}`);
  expect(await redis().cli('EXISTS', ...results)).toBe('5');
  expect(await redis().cli('HLEN', 'unacked')).toBe('5');
});

test('what a dead worker had parked is released when it is due, and not counted', async () => {
  await claimElsewhere('park', 'parked');
  const { gather } = await consumeFrom(await openTestTransport(redis().url));

  const claimed = await gather(5, 5_000);

  expect(idsOf(claimed).sort()).toEqual(ids);
  expect(deliveries(claimed)[0]?.headers).not.toHaveProperty('x-celeriac-deliveries');
  expect(await redis().cli('ZCARD', 'celeriac.parked')).toBe('0');
});

test('what a worker has released before it dies is in its queue as it was', async () => {
  await claimElsewhere('release', 'released');
  const { consumer } = await consumeFrom(await openTestTransport(redis().url));

  const claimed = await consumer.claim(10);

  expect(idsOf(claimed)).toEqual(ids);
  expect(deliveries(claimed)[0]?.headers).not.toHaveProperty('x-celeriac-deliveries');
});

test('claims are renewed while the code of their worker never yields', async () => {
  const program = await claimElsewhere('block');

  const { consumer } = await consumeFrom(
    // sweeps as often as it may; the leases of the other are for four seconds
    await openTestTransport(redis().url, { visibilityTimeoutMs: 3_000 }),
  );
  await program.waitForLine(/^lost \d/, 20_000);

  expect(program.lines).toContain('lost 0');
  expect(await consumer.claim(10)).toEqual([]);
});

test('a frozen worker loses its claims to another, and is told so when it thaws', async () => {
  const program = await claimElsewhere('block');
  program.kill('SIGSTOP');

  const transport = await openTestTransport(redis().url, { visibilityTimeoutMs: 3_000 });
  const { gather } = await consumeFrom(transport);
  expect(idsOf(await gather(5, 15_000))).toEqual(ids);

  program.kill('SIGCONT');
  await program.waitForLine(/^lost 5$/, 20_000);
  expect(await redis().cli('HLEN', 'unacked')).toBe('5');
});

test('what a claim took whose answer never came is given back as it was', async () => {
  const proxy = await startProxy(redis().port);
  const url = `redis://127.0.0.1:${proxy.port}`;
  const transport = await openTestTransport(url, { visibilityTimeoutMs: 2_000 });
  const { consumer, gather } = await consumeFrom(transport);
  await consumer.claim(1);
  const publisher = await openTestTransport(redis().url);
  await publisher.publish([aMessage('a'), aMessage('b')], soonEnough());

  redis().freeze();
  const claiming = consumer.claim(5);
  await sleep(100); // it is before the server now, which will make it
  proxy.cut();
  await expect(claiming).rejects.toThrow(BrokerUnavailableError);
  redis().thaw();

  const claimed = await gather(2, 5_000);
  expect(idsOf(claimed)).toEqual(['a', 'b']);
  expect(deliveries(claimed)[0]?.headers).not.toHaveProperty('x-celeriac-deliveries');
});

test('each loss of a worker is counted in the message, which always comes back', async () => {
  const transport = await openTestTransport(redis().url, { visibilityTimeoutMs: 6_000 });
  await transport.publish([aMessage('poison')], soonEnough());
  const { gather, notices } = await consumeFrom(transport);

  for (const delivery of [undefined, 1, 2, 3]) {
    const claimed = await gather(1, 10_000);
    expect(deliveries(claimed)[0]?.headers['x-celeriac-deliveries']).toBe(delivery);
    // as if its worker had been gone for long
    const [tag = ''] = tagsOf(claimed);
    const orphan = `c8-dead.${delivery ?? 0}`;
    await redis().cli('HSET', 'unacked', orphan, await redis().cli('HGET', 'unacked', tag));
    await redis().cli('ZADD', 'unacked_index', '1', orphan);
    await redis().cli('HDEL', 'unacked', tag);
    await redis().cli('ZREM', 'unacked_index', tag);
  }

  expect(notices).toContain('warn: gave 1 claim back: their workers have not renewed them in time');
});

test('claims of Python that are overdue are given back, and what is no message is buried', async () => {
  const transport = await openTestTransport(redis().url, { visibilityTimeoutMs: 2_000 });
  await transport.publish([aMessage('py', { priority: 3 })], soonEnough());
  const payload = await redis().cli('RPOP', 'celery\x06\x163');
  await redis().cli('SADD', '_kombu.binding.tasks', 'key\x06\x16\x06\x16celery');
  await redis().cli('HSET', 'unacked', 'uuid-1', `[${payload}, "tasks", "key"]`);
  await redis().cli('HSET', 'unacked', 'uuid-2', '[rubbish, "", "celery"]', 'uuid-3', 'rubbish');
  await redis().cli(
    'ZADD',
    'unacked_index',
    '5',
    'uuid-1',
    '6',
    'uuid-2',
    '7',
    'uuid-3',
    '8',
    'gone',
  );

  const { gather, notices } = await consumeFrom(transport);
  const claimed = await gather(1, 5_000);

  expect(idsOf(claimed)).toEqual(['py']);
  await until(async () => (await redis().cli('ZCARD', 'unacked_index')) === '1', {
    ...{ deadlineMs: 2_000, what: 'the other entries to be swept up' },
  });
  expect(await redis().cli('HLEN', 'unacked')).toBe('1');
  expect(await redis().cli('LRANGE', 'celery.dead', '0', '-1')).toBe('rubbish');
  expect(await redis().cli('LRANGE', 'unacked.dead', '0', '-1')).toBe('rubbish');
  for (const queue of ['celery', 'unacked']) {
    const said = `error: moved an entry to dead letters of queue '${queue}': the entry is no message: not JSON`;
    expect(notices.filter((each) => each.startsWith(said))).toHaveLength(1);
  }
});

test('a parked claim comes back when it is due, with the headers it was given', async () => {
  const transport = await openTestTransport(redis().url);
  await transport.publish([aMessage('a'), aMessage('b')], soonEnough());
  const { consumer, gather } = await consumeFrom(transport);
  const [a = '', b = ''] = tagsOf(await consumer.claim(2));

  const dueMs = Date.now() + 1_000;
  await consumer.park([
    { tag: b, dueMs: dueMs + 60_000 },
    { tag: a, dueMs, headers: { 'x-seen': 'yes' } },
  ]);
  const [claimed] = deliveries(await gather(1, 3_000));
  const lateMs = Date.now() - dueMs;

  expect(claimed?.headers).toMatchObject({ id: 'a', 'x-seen': 'yes' });
  expect(lateMs).toBeGreaterThanOrEqual(-20);
  expect(lateMs).toBeLessThan(500);
  expect(await redis().cli('ZCARD', 'celeriac.parked')).toBe('1');
  // when it is due, Python's sweep takes it, whose timeout is the same
  const [, score] = (await redis().cli('ZRANGE', 'unacked_index', '0', '0', 'WITHSCORES')).split(
    '\n',
  );
  expect(Number(score)).toBeCloseTo((dueMs + 60_000) / 1000 - 3_600, 0);
});

test('what is parked for long is left alone by a worker that would not wait as long', async () => {
  const transport = await openTestTransport(redis().url);
  await transport.publish([aMessage('a')], soonEnough());
  const patient = await consumeFrom(transport);
  const tags = tagsOf(await patient.consumer.claim(1));
  await patient.consumer.park(tags.map((tag) => ({ tag, dueMs: Date.now() + 600_000 })));

  const hasty = await openTestTransport(redis().url, { visibilityTimeoutMs: 400 });
  const { consumer } = await consumeFrom(hasty);
  await sleep(600);

  expect(await consumer.claim(1)).toEqual([]);
  expect(await redis().cli('HLEN', 'unacked')).toBe('1');
});
