import { expect, test } from 'vitest';
import type { ExchangeSpec, OutgoingMessage, QueueSpec } from '../../src/protocol/index.ts';
import { aMessage, anAck, aResult, deliveries, ids, idsOf, tagsOf } from './data.ts';
import type { Bench } from './harness.ts';

const open = (): AbortSignal => AbortSignal.timeout(5_000);
const direct: ExchangeSpec = { name: 'news', type: 'direct' };
const topic: ExchangeSpec = { name: 'logs', type: 'topic' };

/** A queue that is bound to one exchange with each of the keys. */
function aQueue(name: string, exchange: ExchangeSpec, ...keys: string[]): QueueSpec {
  const bindings = keys.map((routingKey) => ({ exchange, routingKey }));
  return { name, bindings, isBroadcast: false };
}

/** A message through an exchange. */
function aRouted(
  id: string,
  exchange: ExchangeSpec,
  { routingKey = '', declare = [], priority = 0 }: Partial<RouteParts> = {},
): OutgoingMessage {
  return { ...aMessage({ id, priority }), route: { exchange, routingKey, declare } };
}

interface RouteParts {
  readonly routingKey: string;
  readonly declare: readonly QueueSpec[];
  readonly priority: number;
}

/** Exchanges, bindings and what cannot be routed. */
export function routingConformance(bench: () => Bench): void {
  const claimerOf = async (...queues: string[]) => {
    const { consumer } = await bench().consumer(await bench().transport(), { queues });
    return async () => idsOf(await consumer.claim(100));
  };

  test('a direct exchange puts a message into every queue that is bound with its key', async () => {
    const transport = await bench().transport();
    const declare = [
      aQueue('sport', direct, 'ball', 'run'),
      aQueue('all', direct, 'ball', 'vote'),
      aQueue('politics', direct, 'vote'),
    ];

    await transport.publish([aRouted('a', direct, { routingKey: 'ball', declare })], open());

    expect(await (await claimerOf('sport'))()).toEqual(['a']);
    expect(await (await claimerOf('all'))()).toEqual(['a']);
    expect(await (await claimerOf('politics'))()).toEqual([]);
  });

  test('a message arrives with its exchange and its routing key', async () => {
    const transport = await bench().transport();
    const declare = [aQueue('sport', direct, 'ball')];
    const { consumer } = await bench().consumer(transport, { queues: ['sport'] });

    await transport.publish([aRouted('a', direct, { routingKey: 'ball', declare })], open());

    const [delivery] = deliveries(await consumer.claim(1));
    expect(delivery).toMatchObject({
      queue: 'sport',
      properties: { delivery_info: { exchange: 'news', routing_key: 'ball' } },
    });
  });

  test('a topic exchange goes by patterns, which are those of Kombu', async () => {
    const transport = await bench().transport();
    const declare = [
      aQueue('star', topic, 'a.*'),
      aQueue('hash', topic, 'a.#'),
      aQueue('every', topic, '#'),
      aQueue('exact', topic, 'a.b'),
    ];
    const claimers = await Promise.all(
      ['star', 'hash', 'every', 'exact'].map((queue) => claimerOf(queue)),
    );

    await transport.publish(
      ['a', 'a.b', 'a.b.c', 'b'].map((key) => aRouted(key, topic, { routingKey: key, declare })),
      open(),
    );

    expect(await Promise.all(claimers.map((claim) => claim()))).toEqual([
      ['a.b', 'a.b.c'],
      ['a.b', 'a.b.c'],
      ['a', 'a.b', 'a.b.c', 'b'],
      ['a.b'],
    ]);
  });

  test('a queue that two bindings bring a message to gets it once', async () => {
    const transport = await bench().transport();
    const declare = [aQueue('q', topic, 'a.*', '#')];

    await transport.publish([aRouted('a', topic, { routingKey: 'a.b', declare })], open());

    expect(await (await claimerOf('q'))()).toEqual(['a']);
  });

  test('what a consumer declares is bound for senders that declare nothing', async () => {
    const [producer, worker] = [await bench().transport(), await bench().transport()];
    const declare = [aQueue('sport', direct, 'ball'), aQueue('big', topic, 'size.#')];
    const { consumer } = await bench().consumer(worker, { queues: ['sport', 'big'], declare });

    await producer.publish(
      [
        aRouted('a', direct, { routingKey: 'ball' }),
        aRouted('b', topic, { routingKey: 'size.xl' }),
      ],
      open(),
    );

    expect(idsOf(await consumer.claim(10))).toEqual(['a', 'b']);
  });

  test('messages of one publish may each declare queues of the same exchange', async () => {
    const transport = await bench().transport();
    const toBoth = { routingKey: 'k' };

    await transport.publish(
      [
        aRouted('a', direct, { ...toBoth, declare: [aQueue('one', direct, 'k')] }),
        aRouted('b', direct, { ...toBoth, declare: [aQueue('two', direct, 'k')] }),
        aRouted('c', direct, { routingKey: 'x', declare: [aQueue('two', direct, 'x')] }),
      ],
      open(),
    );

    expect(await (await claimerOf('one'))()).toEqual(['a', 'b']);
    expect(await (await claimerOf('two'))()).toEqual(['a', 'b', 'c']);
  });

  test('messages of one completion may each declare queues of the same exchange', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish([aMessage({ id: 'first' })], open());
    const [tag = ''] = tagsOf(await consumer.claim(1));
    const next = ['one', 'two'].map((queue) =>
      aRouted(queue, direct, { routingKey: queue, declare: [aQueue(queue, direct, queue)] }),
    );

    expect(await consumer.commit([anAck(tag, { messages: next })])).toEqual([]);

    expect(await (await claimerOf('one', 'two'))()).toEqual(['one', 'two']);
    expect(await bench().store.deadLetters('celery')).toEqual([]);
  });

  test('the default exchange has a queue for each routing key', async () => {
    const transport = await bench().transport();
    const message = aRouted('a', { name: '', type: 'direct' }, { routingKey: 'celery' });

    await transport.publish([message], open());

    expect(await (await claimerOf('celery'))()).toEqual(['a']);
  });

  test('a batch keeps its order in each queue, through exchanges or straight', async () => {
    const transport = await bench().transport();
    const declare = [aQueue('celery', direct, 'k')];
    const batch = ids(40).map((id, at) =>
      at % 2 === 0 ? aMessage({ id }) : aRouted(id, direct, { routingKey: 'k', declare }),
    );

    await transport.publish(batch, open());

    expect(await (await claimerOf('celery'))()).toEqual(ids(40));
  });

  test('priorities hold for what comes through an exchange', async () => {
    const transport = await bench().transport();
    const declare = [aQueue('q', direct, 'k')];
    const send = { routingKey: 'k', declare };

    await transport.publish(
      [9, 0, 5].map((priority) => aRouted(`p${priority}`, direct, { ...send, priority })),
      open(),
    );

    expect(await (await claimerOf('q'))()).toEqual(['p0', 'p5', 'p9']);
  });

  test('copies of a message are claimed and settled apart', async () => {
    const transport = await bench().transport();
    const declare = [aQueue('one', direct, 'k'), aQueue('two', direct, 'k')];
    const { consumer } = await bench().consumer(transport, { queues: ['one', 'two'] });
    await transport.publish([aRouted('a', direct, { routingKey: 'k', declare })], open());
    const [one = '', two = ''] = tagsOf(await consumer.claim(2));

    await consumer.commit([anAck(one)]);
    await consumer.release([two]);

    const [again] = deliveries(await consumer.claim(2));
    expect(again).toMatchObject({ queue: 'two', headers: { id: 'a' } });
    expect(await transport.size('one')).toBe(0);
  });

  test.each([direct, topic])(
    'without a queue for its key a message to a $type exchange fails, and all sent with it',
    async (exchange) => {
      const transport = await bench().transport();
      const declare = [aQueue('q', exchange, 'known')];

      const publishing = transport.publish(
        [
          aMessage({ id: 'plain' }),
          aRouted('a', exchange, { routingKey: 'known', declare }),
          aRouted('b', exchange, { routingKey: 'unknown', declare }),
        ],
        open(),
      );

      await expect(publishing).rejects.toMatchObject({
        code: 'MESSAGE_UNROUTABLE',
        exchange: exchange.name,
        routingKey: 'unknown',
      });
      expect(await (await claimerOf('q', 'celery'))()).toEqual([]);
    },
  );

  test('what cannot be routed does not hold up what others send in the same turn', async () => {
    const transport = await bench().transport();

    const lost = transport.publish([aRouted('lost', direct, { routingKey: 'x' })], open());
    const sent = transport.publish([aMessage({ id: 'sent' })], open());

    await expect(lost).rejects.toMatchObject({ code: 'MESSAGE_UNROUTABLE' });
    await sent;
    expect(await (await claimerOf('celery'))()).toEqual(['sent']);
  });

  test('a publish through an exchange that was aborted rejects and delivers nothing', async () => {
    const transport = await bench().transport();
    const reason = new Error('too late');
    const declare = [aQueue('q', direct, 'k')];
    const message = aRouted('a', direct, { routingKey: 'k', declare });
    const abort = new AbortController();

    const publishing = transport.publish([message], abort.signal);
    abort.abort(reason);

    await expect(publishing).rejects.toBe(reason);
    expect(await transport.size('q')).toBe(0);
  });

  test('what a completion publishes goes through exchanges too', async () => {
    const transport = await bench().transport();
    const declare = [aQueue('q', direct, 'k')];
    const { consumer } = await bench().consumer(transport, { queues: ['celery', 'q'] });
    await transport.publish([aMessage({ id: 'first' })], open());
    const [tag = ''] = tagsOf(await consumer.claim(1));

    const next = aRouted('next', direct, { routingKey: 'k', declare });
    expect(await consumer.commit([anAck(tag, { messages: [next] })])).toEqual([]);

    const [delivery] = deliveries(await consumer.claim(2));
    expect(delivery).toMatchObject({ queue: 'q', headers: { id: 'next' } });
  });

  test('a completion whose next message has no queue becomes a dead letter, others do not', async () => {
    const transport = await bench().transport();
    const { consumer, notices } = await bench().consumer(transport);
    await transport.publish([aMessage({ id: 'a' }), aMessage({ id: 'b' })], open());
    const [a = '', b = ''] = tagsOf(await consumer.claim(2));

    const lost = await consumer.commit([
      anAck(a, { messages: [aRouted('next', direct, { routingKey: 'nowhere' })] }),
      anAck(b, { messages: [aMessage({ id: 'after b' })] }),
    ]);

    expect(lost).toEqual([]);
    expect(idsOf(await consumer.claim(5))).toEqual(['after b']);
    const [letter, ...more] = await bench().store.deadLetters('celery');
    expect(more).toEqual([]);
    expect(JSON.parse(letter?.payload ?? '{}').headers.id).toBe('a');
    expect(letter?.info).toContain("exchange 'news' has no queue for routing key 'nowhere'");
    expect(notices.join()).toContain('dead-lettered a task');
  });

  test('a completion whose next message has no form becomes a dead letter, others do not', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish([aMessage({ id: 'a' }), aMessage({ id: 'b' })], open());
    const [a = '', b = ''] = tagsOf(await consumer.claim(2));
    const next = aMessage({ id: 'next' });
    const deep = { ...next, headers: { ...next.headers, deep: nested(2_000) } };

    const lost = await consumer.commit([
      anAck(a, { messages: [deep] }),
      anAck(b, { messages: [aMessage({ id: 'after b' })] }),
    ]);

    expect(lost).toEqual([]);
    expect(idsOf(await consumer.claim(5))).toEqual(['after b']);
    const letters = await bench().store.deadLetters('celery');
    expect(letters.map(({ payload }) => JSON.parse(payload).headers.id)).toEqual(['a']);
    expect(letters[0]?.info).toContain('headers.deep[0][0]');
  });

  test('what is to be written instead of such a completion is, and what it sends goes out', async () => {
    const transport = await bench().transport();
    const backend = await bench().backend();
    const { consumer } = await bench().consumer(transport);
    await transport.publish([aMessage({ id: 'a' }), aMessage({ id: 'b' })], open());
    const [a = '', b = ''] = tagsOf(await consumer.claim(2));
    const routed = (id: string) => aRouted(id, direct, { routingKey: 'nowhere' });
    const success = (taskId: string) => backend.write(aResult({ taskId }));
    const failure = (taskId: string) => backend.write(aResult({ taskId, status: 'FAILURE' }));
    const settle = { kind: 'dead-letter', reason: 'instead' } as const;
    const errors: string[] = [];

    const lost = await consumer.commit([
      {
        ...anAck(a, { writes: [success('a')], messages: [routed('next of a')] }),
        instead: (error) => {
          errors.push(error.message);
          const writes = [failure('a'), failure('end of the chain')];
          return { tag: a, settle, writes, messages: [aMessage({ id: 'errback' })] };
        },
      },
      {
        ...anAck(b, { writes: [success('b')], messages: [routed('next of b')] }),
        // what is sent because of that has no place either
        instead: () => ({ tag: b, settle, writes: [failure('b')], messages: [routed('lost')] }),
      },
    ]);

    expect(lost).toEqual([]);
    for (const id of ['a', 'end of the chain', 'b']) {
      expect(await backend.find(id)).toMatchObject({ status: 'FAILURE' });
    }
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain("exchange 'news' has no queue for routing key 'nowhere'");
    expect(idsOf(await consumer.claim(5))).toEqual(['errback']);
    const { letters } = await transport.deadLetters.page('celery', { limit: 5 });
    expect(letters.map(({ taskId, reason }) => [taskId, reason])).toEqual([
      ['b', 'instead'],
      ['a', 'instead'],
    ]);
  });
}

/** Lists in lists, deeper than a message may have them. */
function nested(levels: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}
