import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Celery } from '../../src/app/index.ts';
import { type BackendOptions, type ChordStore, openBackend } from '../../src/backends/index.ts';
import { BrokerUnavailableError } from '../../src/errors.ts';
import type { Completion, Consumer, HeldUpError } from '../../src/transports/index.ts';
import { aMember, aPart, chordsOf, resultsOf } from '../conformance/chord-data.ts';
import { aResult } from '../conformance/data.ts';
import { acksOf, aMessage, idsOf, soonEnough } from '../support/messages.ts';
import { startProxy } from '../support/proxy.ts';
import { useRedis } from '../support/redis.ts';
import { consumeFrom, openTestTransport } from '../support/transports.ts';
import { until } from '../support/waits.ts';
import { type CeleryVersion, readVectors } from '../vectors/vectors.ts';

const redis = useRedis();
const key = 'celery-taskset-meta-g';
const DAY_MS = 86_400_000;
let client: Redis;

beforeEach(() => {
  client = new Redis(redis().url);
});
afterEach(() => client.disconnect());

async function open(options: Partial<BackendOptions> = {}, db = 0): Promise<ChordStore> {
  return chordsOf(await openTheBackend(options, db));
}

async function openTheBackend(options: Partial<BackendOptions> = {}, db = 0) {
  const backend = await openBackend(redis().url.replace(/\/0$|$/, `/${db}`), {
    ...{ expiresMs: 3_600_000, connectTimeoutMs: 4_000, jsonTypes: 'typed' },
    ...options,
  });
  onTestFinished(() => backend.close());
  return backend;
}

/** A consumer that has claimed so many messages, with their acks. */
async function claimed(count: number, url = redis().url) {
  const transport = await openTestTransport(url);
  const sent = Array.from({ length: count }, (_, at) => aMessage(`m${at}`));
  await transport.publish(sent, soonEnough());
  const { consumer, notices } = await consumeFrom(transport);
  return { consumer, acks: acksOf(await consumer.claim(count)), transport, notices };
}

const ackOf = (acks: readonly Completion[], at: number): Completion => {
  const ack = acks[at];
  if (!ack) throw new Error(`message ${at} was not claimed`);
  return ack;
};

/** Ends a message and its part of `g`, and sends what is next. */
function ended(ack: Completion, chords: ChordStore, id: string, ...next: string[]): Completion {
  return { ...ack, parts: [aPart(chords, id)], messages: next.map((each) => aMessage(each)) };
}

describe('what is kept of a chord', () => {
  test('has the keys and texts of Celery, and lasts a day at least', async () => {
    const chords = await open({ expiresMs: 60_000 });
    await chords.open([{ groupId: 'g', size: 2 }]);
    await chords.grow('g', 'a');
    await chords.apply([aPart(chords, 'b', { index: 1, result: '4' })]);
    await chords.apply([aPart(chords, 'a', { index: null, status: 'FAILURE' })]);
    await chords.apply([aPart(chords, 'c', { index: 0, result: '[1, 2.5]' })]);

    expect(await client.get(`${key}.s`)).toBe('2');
    expect(await client.get(`${key}.t`)).toBe('1');
    expect(await client.zrange(`${key}.j`, '0', '-1', 'WITHSCORES')).toEqual([
      ...['[1, "c", "SUCCESS", [1, 2.5]]', '0', '[1, "b", "SUCCESS", 4]', '1'],
      '[1, "a", "FAILURE", {"exc_type": "Error", "exc_message": ["boom"], "exc_module": null}]',
      'inf',
    ]);
    expect(await client.hkeys('celeriac.chords')).toEqual([key]);
    const keys = [
      ...['.s', '.t', '.more', '.j', '.ids'].map((each) => key + each),
      'celeriac.chords',
    ];
    expect((await client.keys('*')).sort()).toEqual(keys.sort());
    for (const each of keys) expect(await client.pttl(each), each).toBeGreaterThan(DAY_MS - 60_000);
  });

  test('stays where results stay for ever, but for what only we need', async () => {
    const chords = await open({ expiresMs: 0 });
    await chords.open([{ groupId: 'g', size: 1 }]);
    await chords.apply([aPart(chords, 'a')]);

    for (const each of [`${key}.s`, `${key}.j`, 'celeriac.chords']) {
      expect(await client.pttl(each), each).toBe(-1);
    }
    expect(await client.pttl(`${key}.ids`)).toBeGreaterThan(6 * DAY_MS);
  });

  test('is gone once the body was sent, but for a mark that it was, which goes too', async () => {
    const chords = await open();
    await chords.open([{ groupId: 'g', size: 1 }]);
    await chords.apply([aPart(chords, 'a')]);

    await chords.drop('g');

    expect(await client.keys('*')).toEqual([`${key}.ids`]);
    expect(await client.pttl(`${key}.ids`)).toBeGreaterThan(DAY_MS - 60_000);
  });

  test('of a chord that Python has ended, or whose time is over, is forgotten', async () => {
    const chords = await open();
    await chords.open([{ groupId: 'g', size: 1 }]);
    await chords.apply([aPart(chords, 'a')]);
    await client.del(`${key}.j`, `${key}.t`, `${key}.s`);

    expect(await chords.findComplete(0, 10)).toEqual([]);
    expect(await client.exists('celeriac.chords')).toBe(0);
  });

  test('that was found rests a minute at most, and a part of it ends that', async () => {
    const chords = await open();
    await chords.open([{ groupId: 'g', size: 1 }]);
    await chords.apply([aPart(chords, 'a')]);
    const value = async () => (await client.hget('celeriac.chords', key)) ?? '';
    await client.hset('celeriac.chords', key, (await value()).replace(' ', '+40000 '));

    expect(await chords.findComplete(0, 1)).toHaveLength(1);

    const [, since, rest] = /^(\d+)\+(\d+) {"body"/.exec(await value()) ?? [];
    expect(rest).toBe('60000');
    expect(Number(since)).toBeGreaterThan(Date.now());
    expect(await chords.findComplete(0, 1)).toEqual([]);
    await chords.apply([aPart(chords, 'b')]);
    expect(await value()).toMatch(/^\d+ {"body"/);
  });

  test('is a list where resultChordOrdered says so, or where Python has begun one', async () => {
    const app = new Celery('unordered', {
      ...{ broker: redis().url, backend: redis().url },
      resultBackendTransportOptions: { resultChordOrdered: false },
    });
    onTestFinished(() => app.close());
    const unordered = chordsOf((await app.storingBackend()) ?? {});
    const ordered = await open();

    await unordered.apply([aPart(unordered, 'b', { index: 1, result: '1' })]);
    await ordered.apply([aPart(ordered, 'a', { index: 0, result: '0' })]);

    expect(await client.lrange(`${key}.j`, 0, -1)).toHaveLength(2);
    expect(await resultsOf(ordered)).toEqual(['1', '0']);
  });

  test('is counted and found in another database, and commits reach it', async () => {
    const chords = await open({}, 1);
    const { consumer, acks } = await claimed(1);
    const begun = { ...ackOf(acks, 0), openings: [chords.opening({ groupId: 'g', size: 1 })] };

    await consumer.commit([{ ...begun, parts: [aPart(chords, 'a')], messages: [aMessage('x')] }]);

    expect(await client.keys('celery-taskset*')).toEqual([]);
    expect(await chords.findComplete(0, 1)).toHaveLength(1);
    const settle = { kind: 'fire', chord: chords.place('g') } as const;
    const fire = { tag: 'f', settle, writes: [], messages: [aMessage('body')] };
    expect(await consumer.commit([fire])).toEqual([]);
    expect(idsOf(await consumer.claim(5))).toEqual(['x', 'body']);
    expect(await redis().cli('-n', '1', 'KEYS', '*')).toBe(`${key}.ids`);
  });

  test('is told of again when Python lowers the size, and by who finds more than a thousand', async () => {
    const chords = await open();
    await chords.open([{ groupId: 'g', size: 3 }]);
    await chords.apply([aPart(chords, 'a')]);
    await client.setex(`${key}.s`, 86_400, '2');
    expect(await chords.apply([aPart(chords, 'b')])).toHaveLength(1);
    const groups = Array.from({ length: 1_500 }, (_, at) => `n${at}`);
    await chords.open(groups.map((groupId) => ({ groupId, size: 1 })));
    await chords.apply(groups.map((group) => aPart(chords, 'a', { group })));

    const found = new Set<string>();
    for (let call = 0; call < 3; call += 1) {
      for (const { groupId } of await chords.findComplete(0, 2_000)) found.add(groupId);
    }

    expect([...found].sort()).toEqual(['g', ...groups].sort());
  });

  test('is looked through a few megabytes at a time', async () => {
    const chords = await open();
    const groups = Array.from({ length: 60 }, (_, at) => `n${at}`);
    const ending = `"${'x'.repeat(300_000)}"}`;
    await chords.open(groups.map((groupId) => ({ groupId, size: 1 })));
    for (const group of groups) await chords.apply([aPart(chords, 'a', { group, ending })]);

    const found = [await chords.findComplete(0, 100, 60_000)];
    while (found.length < 20 && found.flat().length < 60) {
      found.push(await chords.findComplete(0, 100, 60_000));
    }

    expect(new Set(found.flat().map(({ groupId }) => groupId))).toEqual(new Set(groups));
    expect(Math.max(...found.map((each) => each.length))).toBeLessThan(50);
  });
});

/** What a run of Celery sent to its Redis, and left there. */
interface Run {
  readonly name: string;
  readonly other_result_commands?: readonly (readonly [string, string, ...string[]])[];
  readonly keys_after: Readonly<Record<string, { value: string }>>;
}

const runs = (['5.2.6', '5.6.2'] satisfies CeleryVersion[]).flatMap((version) =>
  ['d_results_redis', 'd_results_redis_variants'].flatMap((file) =>
    readVectors<Run>(version, file)
      .filter(({ other_result_commands: commands = [] }) =>
        commands.some(([, name]) => isPart(name)),
      )
      .map((run) => [`${run.name} of ${version}`, run] as const),
  ),
);

function isPart(command: string): boolean {
  return command === 'ZADD' || command === 'RPUSH';
}

test.each(runs)('parts that Python counted are read: %s', async (_, run) => {
  const commands = run.other_result_commands ?? [];
  for (const [, name, ...args] of commands) {
    if (isPart(name) || /^(SET|SETEX|INCRBY)$/.test(name)) await client.call(name, args);
  }
  const keys = new Set(commands.filter(([, name]) => isPart(name)).map(([, , list = '']) => list));

  for (const list of keys) {
    const [prefix = '', group = ''] = list.slice(0, -'.j'.length).split('celery-taskset-meta-');
    const chords = await open({ keyprefix: prefix, isChordOrdered: prefix === '' });
    const { size, members } = await chords.read(group);

    const texts = commands.filter(([, name, at]) => isPart(name) && at === list);
    expect(members).toHaveLength(texts.length);
    // a size that Python has written twice is that of the last (D.6)
    expect(size).toBeGreaterThanOrEqual(1);
    for (const { taskId, status, resultText } of members) {
      const meta = run.keys_after[`${prefix}celery-task-meta-${taskId}`];
      if (!meta) continue;
      const stored = JSON.parse(meta.value) as { status: string; result: unknown };
      expect(status).toBe(stored.status);
      if (resultText !== undefined) expect(JSON.parse(resultText)).toEqual(stored.result);
    }
  }
});

describe('when something goes wrong', () => {
  test('a commit that fails half-way is completed when it is repeated, and nothing is done twice', async () => {
    const chords = await open();
    const { consumer, acks, transport } = await claimed(3);
    await chords.open([{ groupId: 'g', size: 2 }]);
    await client.set('celeriac.chords', 'in the way');
    const commits = ['a', 'b'].map((id, at) => ended(ackOf(acks, at), chords, id));
    commits.push({ ...ackOf(acks, 2), messages: [aMessage('x')] });

    await expect(consumer.commit(commits)).rejects.toThrow(BrokerUnavailableError);
    await client.del('celeriac.chords');

    expect(await consumer.commit(commits)).toEqual([]);
    expect(await resultsOf(chords)).toEqual(['1', '1']);
    expect(await chords.findComplete(0, 1)).toHaveLength(1);
    expect(await transport.size('celery')).toBe(1);
    expect(await client.hlen('unacked')).toBe(0);
  });

  test('what cannot be sent counts in no chord: what is sent in its place does', async () => {
    const chords = await open();
    const { consumer, acks } = await claimed(1);
    await chords.open([{ groupId: 'g', size: 1 }]);
    await client.set('broken', 'text');
    const ack = ackOf(acks, 0);
    const parts = [aPart(chords, 'a', { status: 'FAILURE' })];
    const good = { ...ended(ack, chords, 'a'), messages: [aMessage('x', { queue: 'broken' })] };

    await consumer.commit([{ ...good, instead: () => ({ ...ack, parts }) }]);

    expect((await chords.read('g')).members).toEqual([aMember('a', { status: 'FAILURE' })]);
  });

  test('a body of which one message finds no list is not sent at all, and counts nowhere', async () => {
    const chords = await open({}, 1);
    const { consumer } = await claimed(1);
    await chords.open(['g', 'outer'].map((groupId) => ({ groupId, size: 1 })));
    await chords.apply([aPart(chords, 'a')]);
    await client.set('broken', 'text');
    const settle = { kind: 'fire', chord: chords.place('g') } as const;
    const messages = [aMessage('x'), aMessage('y', { queue: 'broken' })];
    const fire = { tag: 'f', settle, writes: [], messages };
    const parts = [aPart(chords, 'b', { group: 'outer' })];

    const instead = (): Completion => ({ ...fire, settle: { kind: 'kept' }, messages: [] });
    await consumer.commit([{ ...fire, instead }]);
    expect(await client.llen('celery')).toBe(0);
    await consumer.commit([{ ...fire, messages: messages.slice(1), parts, instead }]);
    expect((await chords.read('outer')).members).toEqual([]);
    expect(await chords.findComplete(0, 9)).toMatchObject([{ groupId: 'g' }]);
  });

  test.each([['celeriac.chords'], [`${key}.ids`]])(
    'what is in the place of %s holds up one task, whose messages are sent once it is gone',
    async (odd) => {
      const chords = await open();
      const { consumer, acks, transport, notices } = await claimed(2);
      await chords.open([{ groupId: 'g', size: 1 }]);
      await client.rpush(odd, 'in the way');
      const commits = [ended(ackOf(acks, 0), chords, 'a', 'x'), ackOf(acks, 1)];
      const instead = (): Completion => ({ ...ackOf(acks, 0), messages: [] });
      const all = commits.map((each) => ({ ...each, instead }));

      for (const _ of ['once', 'twice']) {
        await expect(consumer.commit(all)).rejects.toThrow(BrokerUnavailableError);
      }
      expect(await client.hlen('unacked')).toBe(1);
      const told = notices.filter((each) => /WRONGTYPE/.test(each));
      expect(told).toEqual([expect.stringMatching(`remove .*'${key}' with`)]);
      await client.del(odd);

      expect(await consumer.commit(all)).toEqual([]);
      expect(await transport.size('celery')).toBe(1);
      expect(await resultsOf(chords)).toEqual(['1']);
    },
  );

  test('many that are held up cost a few round trips a try, and those behind them have their turn', async () => {
    const chords = await open();
    const { consumer, acks } = await claimed(121);
    const groups = Array.from({ length: 21 }, (_, at) => `g${at}`);
    const keyOf = (group: string) => `celery-taskset-meta-${group}.ids`;
    for (const group of groups.slice(0, 20)) await client.rpush(keyOf(group), 'in the way');
    const all = acks.map((ack, at) => {
      const group = groups[at < 100 ? 0 : at - 100];
      return { ...ack, parts: group === undefined ? [] : [aPart(chords, `t${at}`, { group })] };
    });
    const calls = async () =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1]);

    const before = await calls();
    const first = await consumer.commit(all).catch((error: unknown) => error as HeldUpError);
    expect((await calls()) - before).toBeLessThan(12);
    expect(first).toMatchObject({ heldUp: { places: { length: 121 }, lost: [] } });
    let left = all;
    for (let tries = 0; tries < 4; tries += 1) {
      const { heldUp } = (await consumer
        .commit(left)
        .catch((error: unknown) => error)) as HeldUpError;
      left = heldUp.places.flatMap((place) => left[place] ?? []);
    }

    expect(left).toHaveLength(120);
    await client.del(groups.map(keyOf));
    expect(await consumer.commit(left)).toEqual([]);
    expect(await client.hlen('unacked')).toBe(0);
  });

  test('a body that a worker of Python has sent is not failed by a member that comes again', async () => {
    const chords = await open();
    const backend = await openTheBackend();
    const { consumer, acks } = await claimed(1);
    await chords.open(['g', 'outer'].map((groupId) => ({ groupId, size: 2 })));
    await chords.apply([aPart(chords, 'a')]);
    // as Python leaves it: it deletes these once it has sent the body, which runs now
    await client.zadd(`${key}.j`, 1, '[1, "b", "SUCCESS", 2]');
    await client.del(`${key}.j`, `${key}.s`, `${key}.t`);
    const running = '{"status": "STARTED", "result": null, "task_id": "body"}';
    await client.set('celery-task-meta-body', running);
    const writes = [backend.write(aResult({ taskId: 'body', status: 'FAILURE' }))];
    const parts = [aPart(chords, 'body', { group: 'outer', status: 'FAILURE' })];

    await consumer.commit([
      { ...ackOf(acks, 0), parts: [aPart(chords, 'b', { status: 'FAILURE', writes, parts })] },
    ]);

    expect(await client.get('celery-task-meta-body')).toBe(running);
    expect((await chords.read('outer')).members).toEqual([]);
    expect(await chords.findComplete(0, 9)).toEqual([]);
    expect(await client.pttl(`${key}.j`)).toBeGreaterThan(0);
  });

  test('what is in the place of parts and is none gives way', async () => {
    const chords = await open();
    await client.set(`${key}.j`, 'text');
    await client.lpush(`${key}.s`, 'text');

    await chords.apply([aPart(chords, 'a')]);

    expect(await resultsOf(chords)).toEqual(['1']);
  });

  /** Commits, and the answer is lost on its way. */
  async function commitUnheard(consumer: Consumer, commits: Completion[], cut: () => void) {
    redis().freeze();
    const committing = consumer.commit(commits);
    const before = committing.catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 100)); // it is before the server now
    cut();
    expect(await before).toBeInstanceOf(BrokerUnavailableError);
    redis().thaw();
  }

  test('parts, and the end of a chord, whose commit had no answer are there once after it is repeated', async () => {
    const chords = await open();
    await chords.open([{ groupId: 'g', size: 2 }]);
    const proxy = await startProxy(redis().port);
    const { consumer, acks } = await claimed(2, `redis://127.0.0.1:${proxy.port}/0`);
    const commits = ['a', 'b'].map((id, at) => ended(ackOf(acks, at), chords, id, `next of ${id}`));
    const again = (all: Completion[]): Promise<readonly string[]> =>
      until(() => consumer.commit(all).catch(() => undefined), {
        ...{ deadlineMs: 10_000, what: 'the connection' },
      });

    await commitUnheard(consumer, commits, () => proxy.cut());
    await until(async () => (await client.hlen('unacked')) === 0, {
      ...{ deadlineMs: 5_000, what: 'the commit' },
    });
    expect(await again(commits)).toEqual([]);
    expect(await resultsOf(chords)).toEqual(['1', '1']);
    expect(await chords.findComplete(0, 10)).toHaveLength(1);

    const settle = { kind: 'fire', chord: chords.place('g') } as const;
    const fire = [{ tag: 'fire g', settle, writes: [], messages: [aMessage('body')] }];
    await commitUnheard(consumer, fire, () => proxy.cut());
    expect(await again(fire)).toEqual([]);
    expect(idsOf(await consumer.claim(10))).toEqual(['next of a', 'next of b', 'body']);
  });
});
