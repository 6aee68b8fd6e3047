import { expect, test } from 'vitest';
import { aMessage, deliveries, ids, idsOf, messages, tagsOf } from './data.ts';
import type { Bench } from './harness.ts';

const open = (): AbortSignal => AbortSignal.timeout(5_000);

/** What a claim takes, and giving it back. */
export function claimConformance(bench: () => Bench): void {
  test('a claim takes no more than its limit', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(messages(ids(5)), open());

    const first = await consumer.claim(2);

    expect(idsOf(first)).toEqual(['m1', 'm2']);
    expect(idsOf(await consumer.claim(10))).toEqual(['m3', 'm4', 'm5']);
  });

  test('a claim of an empty queue gives nothing at once', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);

    expect(await consumer.claim(10)).toEqual([]);
  });

  test('priority 0 is served first and 9 last, over all queues', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport, { queues: ['celery', 'other'] });
    const sent = [9, 8, 6, 5, 3, 2, 0].map((priority) =>
      aMessage({ id: `p${priority}`, priority }),
    );

    await transport.publish([...sent, ...messages(['o0'], 'other')], open());

    const expected = ['p2', 'p0', 'o0', 'p5', 'p3', 'p8', 'p6', 'p9'];
    expect(idsOf(await consumer.claim(10))).toEqual(expected);
  });

  test('queues are tried in the order in which they were given', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport, { queues: ['b', 'a'] });
    await transport.publish([...messages(['a1', 'a2'], 'a'), ...messages(['b1'], 'b')], open());

    const claimed = await consumer.claim(2);

    expect(deliveries(claimed).map(({ queue }) => queue)).toEqual(['b', 'a']);
  });

  test('no message goes to two consumers', async () => {
    const [one, other] = [await bench().transport(), await bench().transport()];
    const first = await bench().consumer(one);
    const second = await bench().consumer(other);
    await one.publish(messages(ids(200)), open());

    const batches = await Promise.all(
      Array.from({ length: 40 }, (_, turn) => (turn % 2 ? first : second).consumer.claim(5)),
    );

    expect(batches.flatMap(idsOf).toSorted()).toEqual(ids(200).toSorted());
    expect(new Set(batches.flatMap(tagsOf)).size).toBe(200);
  });

  test('an entry that is no message is claimed as malformed, and can be dead-lettered', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await bench().store.putRaw('celery', '{"body": "e30=", "headers": 5}');
    await transport.publish(messages(['a']), open());

    const [malformed, ...others] = await consumer.claim(10);

    expect(malformed).toMatchObject({ kind: 'malformed', queue: 'celery' });
    expect(idsOf(others)).toEqual(['a']);
    const [tag = ''] = malformed ? tagsOf([malformed]) : [];
    const settle = { kind: 'dead-letter', reason: 'no task message' } as const;
    expect(await consumer.commit([{ tag, settle, writes: [], messages: [] }])).toEqual([]);
    const [letter] = await bench().store.deadLetters('celery');
    expect(letter?.payload).toBe('{"body": "e30=", "headers": 5}');
    expect(letter?.info).toContain('no task message');
  });

  test('released claims go to the head of their queue in the order of their claims', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(messages(ids(5)), open());
    const tags = [...tagsOf(await consumer.claim(2)), ...tagsOf(await consumer.claim(1))];

    await consumer.release(tags.toReversed());

    expect(idsOf(await consumer.claim(10))).toEqual(ids(5));
  });

  test('a released message does not count as delivered', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(messages(['a']), open());
    const before = deliveries(await consumer.claim(1));

    await consumer.release(before.map(({ tag }) => tag));

    const after = deliveries(await consumer.claim(1));
    expect(after[0]?.headers).not.toHaveProperty('x-celeriac-deliveries');
    expect(after[0]?.tag).not.toBe(before[0]?.tag);
  });

  test('releasing a claim that was settled does nothing', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(messages(['a']), open());
    const [tag = ''] = tagsOf(await consumer.claim(1));
    await consumer.commit([{ tag, settle: { kind: 'ack' }, writes: [], messages: [] }]);

    await consumer.release([tag]);

    expect(await transport.size('celery')).toBe(0);
  });
}
