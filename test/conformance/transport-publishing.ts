import { expect, test } from 'vitest';
import { aMessage, deliveries, ids, idsOf, messages } from './data.ts';
import type { Bench } from './harness.ts';

/** For sends that are not given up. */
const open = (): AbortSignal => AbortSignal.timeout(5_000);

/** Publishing, sizes and purging. */
export function publishConformance(bench: () => Bench): void {
  test('messages are claimed in the order in which they were published', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);

    await transport.publish(messages(ids(60)), open());
    await transport.publish(messages(['late']), open());

    expect(idsOf(await consumer.claim(100))).toEqual([...ids(60), 'late']);
  });

  test('calls that are not awaited keep their order', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);

    await Promise.all(messages(ids(20)).map((message) => transport.publish([message], open())));

    expect(idsOf(await consumer.claim(100))).toEqual(ids(20));
  });

  test('a message arrives as it was sent', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    const sent = aMessage({ id: 'a', headers: { custom: ['ä', { deep: null }] } });

    await transport.publish([sent], open());

    const [delivery] = deliveries(await consumer.claim(1));
    expect(delivery).toMatchObject({
      queue: 'celery',
      headers: { ...sent.headers },
      contentType: sent.contentType,
      contentEncoding: sent.contentEncoding,
      bodyEncoding: 'base64',
    });
    expect(Buffer.from(delivery?.body ?? '', 'base64').toString()).toBe(sent.body);
    expect(delivery?.properties).toMatchObject({ ...sent.properties });
    expect(JSON.parse(delivery?.headersText ?? '')).toEqual(delivery?.headers);
  });

  test('what is published to one queue does not show in another', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport, { queues: ['other'] });

    await transport.publish(messages(['a'], 'celery'), open());

    expect(await consumer.claim(1)).toEqual([]);
  });

  test('a publish that was aborted before rejects with the reason and delivers nothing', async () => {
    const transport = await bench().transport();
    const reason = new Error('too late');

    const publishing = transport.publish(messages(['a']), AbortSignal.abort(reason));

    await expect(publishing).rejects.toBe(reason);
    expect(await transport.size('celery')).toBe(0);
  });

  test('a publish of no messages resolves', async () => {
    const transport = await bench().transport();

    await expect(transport.publish([], open())).resolves.toBeUndefined();
  });

  test('the size of a queue counts all priorities, and not what is claimed or laid aside', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    const priorities = [0, 0, 0, 3, 6, 9];
    await transport.publish(
      priorities.map((priority) => aMessage({ priority })),
      open(),
    );
    const [first] = deliveries(await consumer.claim(2));

    await consumer.park([{ tag: first?.tag ?? '', dueMs: Date.now() + 60_000 }]);

    expect(await transport.size('celery')).toBe(4);
    expect(await transport.size('other')).toBe(0);
  });

  test('a purge deletes what waits in one queue, and says how much that was', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport, { queues: ['celery', 'other'] });
    await transport.publish(messages(['claimed', 'waiting']), open());
    await transport.publish([aMessage({ priority: 9 }), ...messages(['b'], 'other')], open());
    const [claimed] = deliveries(await consumer.claim(1));

    const purged = await transport.purge('celery');

    expect(purged).toBe(2);
    await consumer.release([claimed?.tag ?? '']);
    expect(idsOf(await consumer.claim(10)).toSorted()).toEqual(['b', 'claimed']);
  });

  test('clients of one store have one identity', async () => {
    const [one, other] = [await bench().transport(), await bench().transport()];
    const backend = await bench().backend();

    const identities = [one, other, backend].map(({ store }) => store.identity());

    const [first, ...others] = await Promise.all(identities);
    expect(others).toEqual([first, first]);
  });

  test('closing twice is safe, of consumers and of the transport', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);

    await Promise.all([consumer.close(), consumer.close()]);
    await Promise.all([transport.close(), transport.close()]);

    await expect(consumer.close()).resolves.toBeUndefined();
    await expect(transport.close()).resolves.toBeUndefined();
  });
}
