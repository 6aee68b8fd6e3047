import { once } from 'node:events';
import { Celery, type CeleryOptions } from 'celeriac';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { OutgoingMessage } from '../../src/protocol/index.ts';
import type { Consumer, Transport } from '../../src/transports/index.ts';
import { aMessage, deliveries, idsOf, soonEnough, tagsOf } from '../support/messages.ts';
import { runPython } from '../support/python.ts';
import { useRedis } from '../support/redis.ts';
import { type StoreName, storeNames, stores } from '../support/stores.ts';

/** What each of `brokerTransportOptions` that lays out messages changes, from the app's settings on. */

type Options = NonNullable<CeleryOptions['brokerTransportOptions']>;

async function transportOf(broker: string, brokerTransportOptions: Options): Promise<Transport> {
  const app = new Celery('options', { broker, brokerTransportOptions });
  onTestFinished(() => app.close());
  return app.transport();
}

async function consumerOf(transport: Transport, queues = ['celery']): Promise<Consumer> {
  const consumer = await transport.consume({
    ...{ queues, nodeName: 'tester@here', onWake: () => {}, onNotice: () => {} },
  });
  onTestFinished(() => consumer.close());
  return consumer;
}

describe.each(storeNames)('on %s', (name: StoreName) => {
  test.each([
    ['priority', 'bbbccaa'],
    ['sorted', 'aabbbcc'],
    ['round_robin', 'bcabcab'],
  ] as const)(
    'queueOrderStrategy %s serves the queues in the order %s',
    async (strategy, order) => {
      const transport = await transportOf(await stores[name](), { queueOrderStrategy: strategy });
      const backlog = ['b', 'a', 'b', 'c', 'b', 'a', 'c'];
      const sent = backlog.map((queue, at) => aMessage(`${at}`, { queue }));
      await transport.publish(sent, soonEnough());
      const consumer = await consumerOf(transport, ['b', 'c', 'a']);

      let served = '';
      for (const _ of backlog) served += deliveries(await consumer.claim(1))[0]?.queue;

      expect(served).toBe(order);
    },
  );

  test('prioritySteps are the priorities that are kept apart', async () => {
    const url = await stores[name]();
    const transport = await transportOf(url, { prioritySteps: [0, 1, 8] });
    const sent = [9, 8, 7, 1, 0].map((priority) => aMessage(`p${priority}`, { priority }));
    await transport.publish(sent, soonEnough());
    const consumer = await consumerOf(transport);

    expect(idsOf(await consumer.claim(10))).toEqual(['p0', 'p7', 'p1', 'p9', 'p8']);
  });

  test('prioritySteps without 0 are refused', async () => {
    const url = await stores[name]();

    await expect(transportOf(url, { prioritySteps: [1, 2] })).rejects.toThrow(
      /prioritySteps.* must be a list of whole numbers that rise from 0 to 9/,
    );
  });
});

describe('on Redis', () => {
  const redis = useRedis();
  const keys = async () => (await redis().cli('KEYS', '*')).split('\n').toSorted();
  const toAll = (routingKey: string): OutgoingMessage => {
    const exchange = { name: 'fx', type: 'fanout' } as const;
    return { ...aMessage('a'), route: { exchange, routingKey, declare: [] } };
  };

  test('sep stands between the names of queues and their steps, for us as for Python', async () => {
    const transport = await transportOf(redis().url, { sep: ':', prioritySteps: [0, 5] });
    await transport.publish([aMessage('ours', { priority: 5 })], soonEnough());
    expect(await keys()).toEqual(['_kombu.binding.celery', 'celery:5']);
    expect(await redis().cli('SMEMBERS', '_kombu.binding.celery')).toBe('celery::celery');

    await runPython(`
from celery import Celery
app = Celery('py', broker='${redis().url}')
app.conf.broker_transport_options = {'sep': ':', 'priority_steps': [0, 5]}
app.send_task('any', task_id='theirs', priority=9)
`);

    const consumer = await consumerOf(transport);
    expect(idsOf(await consumer.claim(5))).toEqual(['ours', 'theirs']);
  });

  test('unackedKey and unackedIndexKey are where claims are, renewed and settled', async () => {
    const options = { unackedKey: 'claims', unackedIndexKey: 'claims.index' };
    const transport = await transportOf(redis().url, options);
    await transport.publish([aMessage('a'), aMessage('b')], soonEnough());
    const consumer = await consumerOf(transport);
    const [first = '', second = ''] = tagsOf(await consumer.claim(2));

    expect(await redis().cli('HLEN', 'claims')).toBe('2');
    expect(await redis().cli('ZCARD', 'claims.index')).toBe('2');
    await consumer.park([{ tag: first, dueMs: Date.now() + 60_000 }]);
    await consumer.commit([{ tag: second, settle: { kind: 'ack' }, writes: [], messages: [] }]);

    expect(await redis().cli('HLEN', 'claims')).toBe('1');
    expect(await redis().cli('EXISTS', 'unacked', 'unacked_index', 'celeriac.parked')).toBe('0');
  });

  test.each([
    [{}, '/0.fx/k'],
    [{ fanoutPatterns: false }, '/0.fx'],
    [{ fanoutPrefix: false }, 'fx/k'],
    [{ fanoutPrefix: '/mine{db}.' }, '/mine0.fx/k'],
  ] as const)('with %j a fanout message goes out on %s', async (options, channel) => {
    const transport = await transportOf(redis().url, options);
    const subscriber = new Redis(redis().url);
    onTestFinished(() => subscriber.disconnect());
    await subscriber.subscribe(channel);
    const heard = once(subscriber, 'message', { signal: soonEnough() });

    await transport.publish([toAll('k')], soonEnough());

    const [, text] = await heard;
    expect(JSON.parse(text).headers.id).toBe('a');
  });
});
