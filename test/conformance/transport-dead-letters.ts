import { expect, test } from 'vitest';
import type { DeadLetterInfo, Transport } from '../../src/transports/index.ts';
import { aMessage, deliveries, ids, idsOf, tagsOf } from './data.ts';
import { type Bench, RESTORE_DEADLINE_MS } from './harness.ts';

const open = (): AbortSignal => AbortSignal.timeout(5_000);
const taskIds = (letters: readonly DeadLetterInfo[]) => letters.map(({ taskId }) => taskId);

/** What is done with messages that workers have given up. */
export function deadLetterConformance(bench: () => Bench): void {
  /** Has a consumer turn all waiting messages of a queue away. */
  async function bury(transport: Transport, queue = 'celery', reason = 'no'): Promise<number> {
    const { consumer } = await bench().consumer(transport, { queues: [queue] });
    const claimed = await consumer.claim(500);
    const settle = { kind: 'dead-letter', reason } as const;
    await consumer.commit(
      tagsOf(claimed).map((tag) => ({ tag, settle, writes: [], messages: [] })),
    );
    await consumer.close();
    return claimed.length;
  }

  async function buried(
    messages: readonly Parameters<typeof aMessage>[0][],
    reason?: string,
  ): Promise<Transport> {
    const transport = await bench().transport();
    await transport.publish(messages.map(aMessage), open());
    const queues = new Set(messages.map((message) => message?.queue));
    for (const queue of queues) await bury(transport, queue, reason);
    return transport;
  }

  test('there are no dead letters before there is one', async () => {
    const { deadLetters } = await bench().transport();

    expect(await deadLetters.queues()).toEqual([]);
    expect(await deadLetters.page('celery', { limit: 5 })).toEqual({ letters: [] });
    expect(await deadLetters.find('celery', '0'.repeat(40))).toBeUndefined();
    expect(await deadLetters.redrive('celery', {})).toEqual({ redriven: [], refused: [] });
    expect(await deadLetters.purge('celery', {})).toEqual([]);
  });

  test('queues with dead letters are told with how many they have', async () => {
    const queue = 'b*[1]';
    const messages = [{ id: 'a' }, { id: 'b', queue }, { id: 'c', queue }];
    const { deadLetters } = await buried(messages);
    await bench().store.putRaw('x.dead', 'a message of a queue of that name');

    const queues = await deadLetters.queues();

    expect(queues).toEqual([
      { queue, count: 2 },
      { queue: 'celery', count: 1 },
    ]);
  });

  test('one is kept to its last byte, with who gave it up, when and why', async () => {
    const before = Date.now();
    const { deadLetters } = await buried([{ id: 'ä"\n' }], 'why ☠');
    const [stored] = await bench().store.deadLetters('celery');

    const { letters, cursor } = await deadLetters.page('celery', { limit: 5 });

    expect(cursor).toBeUndefined();
    const bytes = Buffer.from(stored?.payload ?? '');
    const [info] = letters;
    expect(letters).toEqual([
      {
        ...{ id: expect.stringMatching(/^[0-9a-f]{40}$/), queue: 'celery', reason: 'why ☠' },
        ...{ task: 'tut2.mult', taskId: 'ä"\n', worker: 'celeriac@test', at: expect.any(Date) },
        ...{ deliveries: 0, size: bytes.length, earlier: [] },
      },
    ]);
    expect(info?.at?.getTime()).toBeGreaterThan(before - 60_000);
    expect(info?.at?.getTime()).toBeLessThan(Date.now() + 60_000);
    expect(await deadLetters.find('celery', info?.id ?? '')).toEqual({ ...info, payload: bytes });
    expect(await deadLetters.find('celery', '0'.repeat(40))).toBeUndefined();
    expect(await deadLetters.find('other', info?.id ?? '')).toBeUndefined();
  });

  test('they are paged through, the newest first, also while more come', async () => {
    const transport = await buried(ids(5).map((id) => ({ id })));
    const { deadLetters } = transport;

    const first = await deadLetters.page('celery', { limit: 2 });
    await transport.publish([aMessage({ id: 'late' })], open());
    await bury(transport);
    const { cursor } = first;
    const second = await deadLetters.page('celery', { limit: 2, cursor });
    const third = await deadLetters.page('celery', { limit: 2, cursor: second.cursor });

    expect(taskIds(first.letters)).toEqual(['m5', 'm4']);
    expect(taskIds(second.letters)).toEqual(['m3', 'm2']);
    expect(taskIds(third.letters)).toEqual(['m1']);
    expect(third.cursor).toBeUndefined();
  });

  test('one is put back at the tail of its queue, and its consumers are woken', async () => {
    const transport = await buried([{ id: 'a' }, { id: 'b' }]);
    const { letters } = await transport.deadLetters.page('celery', { limit: 5 });
    const a = letters.find(({ taskId }) => taskId === 'a')?.id ?? '';
    const worker = await bench().consumer(transport);
    expect(await worker.consumer.claim(1)).toEqual([]);
    const claiming = worker.claimWhenWoken(1, RESTORE_DEADLINE_MS);

    const done = await transport.deadLetters.redrive('celery', { ids: [a, '0'.repeat(40)] });

    expect(done).toEqual({ redriven: [a], refused: [] });
    expect(idsOf(await claiming)).toEqual(['a']);
    const left = await transport.deadLetters.page('celery', { limit: 5 });
    expect(taskIds(left.letters)).toEqual(['b']);
  });

  test('all are put back in the order they were buried in, behind what waits, by priority', async () => {
    const low = { id: 'low', priority: 9 };
    const transport = await buried([low, ...ids(3).map((id) => ({ id }))]);
    await transport.publish([aMessage({ id: 'waits' })], open());

    const { redriven } = await transport.deadLetters.redrive('celery', {});

    expect(redriven).toHaveLength(4);
    expect(await transport.deadLetters.queues()).toEqual([]);
    const { consumer } = await bench().consumer(transport);
    expect(idsOf(await consumer.claim(9))).toEqual(['waits', 'm1', 'm2', 'm3', 'low']);
  });

  test('more than a batch of them are put back, each once', async () => {
    const all = ids(450);
    const transport = await buried(all.map((id) => ({ id })));

    const { redriven } = await transport.deadLetters.redrive('celery', {});

    expect(new Set(redriven).size).toBe(450);
    expect(await transport.size('celery')).toBe(450);
    const { consumer } = await bench().consumer(transport);
    expect(idsOf(await consumer.claim(500))).toEqual(all);
  });

  test('one that is put back has a clean slate, and all else as it was', async () => {
    const headers = {
      ...{ 'x-celeriac-deliveries': 5, 'x-celeriac-unknown-since': 17, mine: ['ü', { a: null }] },
    };
    const transport = await buried([{ id: 'a', headers }], 'died');
    const [before] = await bench().store.deadLetters('celery');

    await transport.deadLetters.redrive('celery', {});

    const { consumer } = await bench().consumer(transport);
    const [delivery] = deliveries(await consumer.claim(1));
    const { headers: old, ...others } = JSON.parse(before?.payload ?? '{}');
    const burial = { reason: 'died', worker: 'celeriac@test', at: expect.any(String) };
    expect(delivery?.headers).toEqual({
      ...old,
      ...{ 'x-celeriac-deliveries': 0, 'x-celeriac-unknown-since': null },
      'x-celeriac-burials': [{ ...burial, deliveries: 5 }],
    });
    expect([delivery?.body, delivery?.properties]).toEqual([others.body, others.properties]);
  });

  test('one that dies again knows how it died before, the last ten times', async () => {
    const transport = await buried([{ id: 'a' }], 'death 0');
    for (let time = 1; time <= 12; time++) {
      await transport.deadLetters.redrive('celery', {});
      expect(await bury(transport, 'celery', `death ${time}`)).toBe(1);
    }

    const { letters } = await transport.deadLetters.page('celery', { limit: 5 });

    const [letter, ...more] = letters;
    expect(more).toEqual([]);
    expect(letter?.reason).toBe('death 12');
    const reasons = letter?.earlier.map(({ reason }) => reason);
    expect(reasons).toEqual(ids(10, 'death ').map((_, n) => `death ${n + 2}`));
    expect(letter?.earlier[0]).toMatchObject({ worker: 'celeriac@test', at: expect.any(Date) });
  });

  test('a message that is equal to another is not lost with it', async () => {
    const transport = await bench().transport();
    const payload = '{"headers": {"id": "twin"}, "body": "W10="}';
    for (let twin = 0; twin < 2; twin++) await bench().store.putRaw('celery', payload);
    expect(await bury(transport)).toBe(2);
    const { letters } = await transport.deadLetters.page('celery', { limit: 5 });

    const { redriven } = await transport.deadLetters.redrive('celery', {
      ids: [letters[0]?.id ?? ''],
    });

    expect(letters.map(({ id }) => id)).toEqual([letters[0]?.id, letters[0]?.id]);
    expect(redriven).toHaveLength(2);
    expect(await transport.size('celery')).toBe(2);
    expect(await transport.deadLetters.queues()).toEqual([]);
  });

  test('what is known of many that are equal is known until the last of them is gone', async () => {
    const transport = await bench().transport();
    const info = '{"exchange": "", "routing_key": "celery"}';
    const payload = `{"headers": {}, "body": "", "properties": {"delivery_info": ${info}, "delivery_tag": "1"}}`;
    for (let twin = 0; twin < 150; twin++) await bench().store.putRaw('celery', payload);
    expect(await bury(transport, 'celery', 'flood')).toBe(150);

    const { redriven } = await transport.deadLetters.redrive('celery', {});

    expect(redriven).toHaveLength(150);
    const { consumer } = await bench().consumer(transport);
    const back = deliveries(await consumer.claim(200));
    const reasons = back.map(({ headers }) => JSON.stringify(headers['x-celeriac-burials']));
    expect(reasons.filter((each) => each.includes('flood'))).toHaveLength(150);
  });

  test('what is no message is not put back', async () => {
    const transport = await buried([{ id: 'a' }]);
    await bench().store.putRaw('celery', '{"no message');
    await bench().store.putRaw('celery', '{"body": 7}');
    await bury(transport);

    const { redriven, refused } = await transport.deadLetters.redrive('celery', {});

    expect([redriven.length, refused.length]).toEqual([1, 2]);
    const { letters } = await transport.deadLetters.page('celery', { limit: 5 });
    expect(letters.map(({ id }) => id).toSorted()).toEqual(refused.toSorted());
    expect(letters[0]).toMatchObject({ task: null, taskId: null, reason: 'no' });
  });

  test('a message can be put into another queue', async () => {
    const transport = await buried([{ id: 'a' }]);

    await transport.deadLetters.redrive('celery', { to: 'elsewhere' });

    expect([await transport.size('celery'), await transport.size('elsewhere')]).toEqual([0, 1]);
  });

  test('some, those before a time, or all are deleted', async () => {
    const transport = await buried(ids(3).map((id) => ({ id })));
    const { deadLetters } = transport;
    const { letters } = await deadLetters.page('celery', { limit: 5 });
    const second = letters[1];

    const some = await deadLetters.purge('celery', { ids: [second?.id ?? ''] });
    const none = await deadLetters.purge('celery', { before: new Date(0) });
    const old = await deadLetters.purge('celery', { before: new Date(Date.now() + 60_000) });
    await transport.publish([aMessage({ id: 'b' })], open());
    await bury(transport);
    const all = await deadLetters.purge('celery', {});

    expect([some, none, old.length, all.length]).toEqual([[second?.id], [], 2, 1]);
    expect(await deadLetters.queues()).toEqual([]);
    expect(await bench().store.traces('m1')).toEqual([]);
    expect(await transport.size('celery')).toBe(0);
  });
}
