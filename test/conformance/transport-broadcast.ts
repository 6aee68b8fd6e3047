import { expect, test } from 'vitest';
import {
  type ExchangeSpec,
  encodeEnvelope,
  type OutgoingMessage,
  type QueueSpec,
} from '../../src/protocol/index.ts';
import { until } from '../support/waits.ts';
import { aMessage, anAck, deliveries, ids, idsOf, messages, tagsOf } from './data.ts';
import { type Gaps, testUnless } from './gaps.ts';
import { type Bench, RESTORE_DEADLINE_MS, SLACK } from './harness.ts';

const open = (): AbortSignal => AbortSignal.timeout(5_000);
/** From the publish to the claim. */
const HEAR_DEADLINE_MS = SLACK * 200;

const news: ExchangeSpec = { name: 'news', type: 'fanout' };
const broadcast: QueueSpec = {
  name: 'news',
  bindings: [{ exchange: news, routingKey: '' }],
  isBroadcast: true,
};

function toAll(id: string, { routingKey = '', priority = 0 } = {}): OutgoingMessage {
  return { ...aMessage({ id, priority }), route: { exchange: news, routingKey, declare: [] } };
}

/** Fanout exchanges, and the queues that consumers have of their own. */
export function broadcastConformance(bench: () => Bench, gaps: Gaps): void {
  /** A consumer with a broadcast queue, on a connection of its own. */
  const listener = async (queues: readonly string[] = ['celery']) => {
    const transport = await bench().hastyTransport();
    const watched = await bench().consumer(transport, { queues, declare: [broadcast] });
    return { ...watched, transport };
  };

  test('each consumer of a broadcast queue gets each message', async () => {
    const transport = await bench().transport();
    const [one, other] = [await listener(), await listener()];

    await transport.publish([toAll('a'), toAll('b')], open());
    await transport.publish([toAll('c')], open());

    for (const { claimWhenWoken } of [one, other]) {
      expect(idsOf(await claimWhenWoken(3, HEAR_DEADLINE_MS))).toEqual(['a', 'b', 'c']);
    }
  });

  test('what is told to all who listen at this moment is an envelope as it is', async () => {
    const { claimWhenWoken } = await listener();
    const transport = await bench().transport();
    const payload = encodeEnvelope(toAll('told'), 'tag');

    await transport.broadcast('news', payload, open());
    await transport.broadcast('nobody', payload, open());

    const [delivery] = deliveries(await claimWhenWoken(1, HEAR_DEADLINE_MS));
    expect(delivery?.headers).toMatchObject({ id: 'told' });
    expect(delivery?.properties).toMatchObject({ delivery_tag: 'tag' });
    await expect(transport.broadcast('news', payload, AbortSignal.abort('late'))).rejects.toBe(
      'late',
    );
  });

  test('a message has the exchange that it came through, and a queue of its own', async () => {
    const { claimWhenWoken, transport } = await listener();

    await transport.publish([toAll('a', { routingKey: 'k' })], open());

    const [delivery] = deliveries(await claimWhenWoken(1, HEAR_DEADLINE_MS));
    expect(delivery?.queue).toMatch(/^bcast\.[0-9a-f-]{36}$/);
    expect(delivery?.properties['delivery_info']).toEqual({ exchange: 'news', routing_key: 'k' });
  });

  test('a broadcast with nobody to hear it is no error, and is not kept', async () => {
    const transport = await bench().transport();

    await transport.publish([toAll('a')], open());
    const { consumer } = await listener();

    expect(await consumer.claim(1)).toEqual([]);
  });

  test('its other queues are served beside it', async () => {
    const { claimWhenWoken, transport } = await listener();

    await transport.publish([...messages(['plain']), toAll('a')], open());

    const claimed = await claimWhenWoken(2, HEAR_DEADLINE_MS);
    expect(idsOf(claimed).toSorted()).toEqual(['a', 'plain']);
  });

  test('broadcasts have priorities too', async () => {
    const { consumer, transport } = await listener([]);
    const sent = [9, 5, 0].map((priority) => toAll(`p${priority}`, { priority }));
    await transport.publish(sent, open());
    const queues = deliveries(await heard(consumer.claim.bind(consumer), 3));

    expect(queues.map(({ headers }) => headers['id'])).toEqual(['p0', 'p5', 'p9']);

    /** All at once: gives back what came too early. */
    async function heard(claim: typeof consumer.claim, count: number) {
      return until(
        async () => {
          const claimed = await claim(count);
          if (claimed.length === count) return claimed;
          await consumer.release(tagsOf(claimed));
          return undefined;
        },
        { deadlineMs: HEAR_DEADLINE_MS, what: `${count} messages at once` },
      );
    }
  });

  test('a broadcast is laid aside, released, put back and acked like anything else', async () => {
    const { claimWhenWoken, consumer, transport } = await listener();
    await transport.publish([toAll('a')], open());
    const [first = ''] = tagsOf(await claimWhenWoken(1, HEAR_DEADLINE_MS));

    await consumer.park([{ tag: first, dueMs: Date.now() + 300, headers: { note: 'later' } }]);
    const due = await claimWhenWoken(1, 300 + HEAR_DEADLINE_MS);
    expect(deliveries(due)[0]?.headers).toMatchObject({ id: 'a', note: 'later' });
    await consumer.release(tagsOf(due));
    const [again = ''] = tagsOf(await consumer.claim(1));
    await consumer.commit([{ tag: again, settle: { kind: 'requeue' }, writes: [], messages: [] }]);
    const [last = ''] = tagsOf(await consumer.claim(1));

    expect(await consumer.commit([anAck(last)])).toEqual([]);
    expect(await consumer.claim(1)).toEqual([]);
  });

  test('a retry of a broadcast goes to the consumer that had it, not to the others', async () => {
    const [one, other] = [await listener(), await listener()];
    await one.transport.publish([toAll('a')], open());
    const [mine] = deliveries(await one.claimWhenWoken(1, HEAR_DEADLINE_MS));
    await other.claimWhenWoken(1, HEAR_DEADLINE_MS);

    const retry = aMessage({ id: 'retry', queue: mine?.queue ?? '' });
    await one.consumer.commit([anAck(mine?.tag ?? '', { messages: [retry] })]);

    expect(idsOf(await one.consumer.claim(2))).toEqual(['retry']);
    expect(await other.consumer.claim(2)).toEqual([]);
  });

  test("a broadcast's dead letters are kept under the name that people know", async () => {
    const { claimWhenWoken, consumer, transport } = await listener();
    await transport.publish([toAll('a')], open());
    const [tag = ''] = tagsOf(await claimWhenWoken(1, HEAR_DEADLINE_MS));

    const settle = { kind: 'dead-letter', reason: 'no good' } as const;
    await consumer.commit([{ tag, settle, writes: [], messages: [] }]);

    const [letter] = await bench().store.deadLetters('news');
    expect(JSON.parse(letter?.payload ?? '{}').headers.id).toBe('a');
  });

  test('what a completion publishes reaches all', async () => {
    const { claimWhenWoken, consumer, transport } = await listener();
    await transport.publish(messages(['first']), open());
    const [tag = ''] = tagsOf(await claimWhenWoken(1, HEAR_DEADLINE_MS));

    await consumer.commit([anAck(tag, { messages: [toAll('next')] })]);

    expect(idsOf(await claimWhenWoken(1, HEAR_DEADLINE_MS))).toEqual(['next']);
  });

  test('a shared queue of a fanout exchange gets one copy, however many consume it', async () => {
    const shared = { ...broadcast, name: 'shared', isBroadcast: false };
    const transport = await bench().transport();
    const options = { queues: ['shared'], declare: [shared] };
    const one = await bench().consumer(await bench().transport(), options);
    const other = await bench().consumer(await bench().transport(), options);

    await transport.publish(
      ids(20).map((id) => toAll(id)),
      open(),
    );

    const claimed: string[] = [];
    await until(
      async () => {
        for (const { consumer } of [one, other]) claimed.push(...idsOf(await consumer.claim(3)));
        return claimed.length >= 20;
      },
      { deadlineMs: HEAR_DEADLINE_MS, what: () => `20 messages, got ${claimed.length}` },
    );
    expect(claimed.toSorted()).toEqual(ids(20).toSorted());
    expect([...(await one.consumer.claim(5)), ...(await other.consumer.claim(5))]).toEqual([]);
  });

  test('nothing of a broadcast queue is left when its consumer closes', async () => {
    const { claimWhenWoken, consumer, transport } = await listener();
    await transport.publish(
      ids(4).map((id) => toAll(id)),
      open(),
    );
    const [held, parked] = tagsOf(await claimWhenWoken(2, HEAR_DEADLINE_MS));
    await consumer.park([{ tag: parked ?? '', dueMs: Date.now() + 60_000 }]);
    expect(await bench().store.traces('bcast.')).not.toEqual([]);

    await consumer.close();

    expect(held).toBeDefined();
    expect(await bench().store.traces('bcast.')).toEqual([]);
  });

  testUnless(gaps.otherProcesses)(
    'nothing of a broadcast queue stays when its consumer is killed',
    async () => {
      const survivor = await listener();
      const victim = await bench().otherProcess();
      victim.writeLine('listen news');
      await victim.waitForLine(/^done listen news$/, 5_000);
      await survivor.transport.publish(
        ids(3).map((id) => toAll(id)),
        open(),
      );
      victim.writeLine('take 2');
      await victim.waitForLine(/^done take 2 m1 m2$/, 5_000);
      victim.writeLine('lay-aside');
      await victim.waitForLine(/^done lay-aside$/, 5_000);
      const all = await survivor.claimWhenWoken(3, HEAR_DEADLINE_MS);
      const own = deliveries(all)[0]?.queue ?? '';

      victim.kill('SIGKILL');

      await until(
        async () => {
          const traces = await bench().store.traces('bcast.');
          return traces.length > 0 && traces.every((trace) => trace.includes(own));
        },
        { deadlineMs: RESTORE_DEADLINE_MS, what: 'the queue of the dead to go' },
      );
      // the living keeps what it has
      expect(await survivor.consumer.commit(tagsOf(all).map((tag) => anAck(tag)))).toEqual([]);
      await survivor.transport.publish([toAll('later')], open());
      expect(idsOf(await survivor.claimWhenWoken(1, HEAR_DEADLINE_MS))).toEqual(['later']);
    },
  );

  test('an ordinary queue may have a name that begins as those of broadcast queues do', async () => {
    const queue = 'bcast.orders';
    const transport = await bench().hastyTransport();
    const gone = await bench().consumer(transport, { queues: [queue] });
    await transport.publish(
      ['held', 'waiting'].map((id) => aMessage({ id, queue })),
      open(),
    );
    expect(idsOf(await gone.consumer.claim(1))).toEqual(['held']);
    await gone.consumer.close();

    // its own queue has it look for those of the dead
    const other = await listener([queue]);

    expect(idsOf(await other.claimWhenWoken(1, HEAR_DEADLINE_MS))).toEqual(['waiting']);
    expect(idsOf(await other.claimWhenWoken(1, RESTORE_DEADLINE_MS))).toEqual(['held']);
  });
}
