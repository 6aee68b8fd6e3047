import { expect, test } from 'vitest';
import type { Claimed } from '../../src/protocol/index.ts';
import { until } from '../support/waits.ts';
import { anAck, deliveries, idsOf, messages, tagsOf } from './data.ts';
import { type Gaps, testUnless } from './gaps.ts';
import { type Bench, SLACK } from './harness.ts';

const open = (): AbortSignal => AbortSignal.timeout(5_000);
/** From the publish to the claim. */
const WAKE_DEADLINE_MS = SLACK * 100;
/** From the instant when a message is due to its claim. */
const DUE_DEADLINE_MS = SLACK * 100;

/** For a consumer that could start two messages: what it was handed. */
function collectHandedOver() {
  const arrived: Claimed[] = [];
  const onArrived = (claimed: readonly Claimed[]) => void arrived.push(...claimed);
  return { arrived, handOver: { startable: () => 2, onArrived } };
}

/** Waiting for messages, and messages laid aside. */
export function wakeConformance(bench: () => Bench, gaps: Gaps): void {
  test('a publish wakes a consumer that found nothing', async () => {
    const [producer, worker] = [await bench().transport(), await bench().transport()];
    const { claimWhenWoken, consumer } = await bench().consumer(worker);
    await consumer.claim(1);

    for (const id of ['a', 'b', 'c']) {
      const claiming = claimWhenWoken(1, WAKE_DEADLINE_MS);
      await producer.publish(messages([id]), open());

      expect(idsOf(await claiming)).toEqual([id]);
    }
  });

  test('a consumer that may be handed messages gets them all, handed over or claimed', async () => {
    const [producer, worker] = [await bench().transport(), await bench().transport()];
    const { arrived, handOver } = collectHandedOver();
    const { consumer, wakes } = await bench().consumer(worker, { handOver });
    arrived.push(...(await consumer.claim(2)));
    const sent = ['a', 'b', 'c', 'd', 'e'];

    for (const id of sent) await producer.publish(messages([id]), open());
    let seen = -1;
    await until(
      async () => {
        if (wakes() !== seen) {
          seen = wakes();
          arrived.push(...(await consumer.claim(5)));
        }
        return arrived.length === sent.length;
      },
      { deadlineMs: WAKE_DEADLINE_MS, what: () => `all five, got ${idsOf(arrived).join()}` },
    );

    expect(idsOf(arrived).toSorted()).toEqual(sent);
    expect(await consumer.commit(tagsOf(arrived).map((tag) => anAck(tag)))).toEqual([]);
  });

  test('a consumer that halts gets nothing that is published then', async () => {
    const [producer, worker] = [await bench().transport(), await bench().transport()];
    const { arrived, handOver } = collectHandedOver();
    const { consumer } = await bench().consumer(worker, { handOver });
    await consumer.claim(2);

    await consumer.halt();
    await producer.publish(messages(['a']), open());

    expect(await producer.size('celery')).toBe(1);
    expect(arrived).toEqual([]);
  });

  testUnless(gaps.otherProcesses)('a publish of another process wakes a consumer', async () => {
    const worker = await bench().transport();
    const { claimWhenWoken } = await bench().consumer(worker);
    const producer = await bench().otherProcess();

    for (const id of ['a', 'b', 'c']) {
      const claiming = claimWhenWoken(1, WAKE_DEADLINE_MS);
      producer.writeLine(`publish ${id}`);

      expect(idsOf(await claiming)).toEqual([id]);
    }
  });

  test('a release wakes other consumers', async () => {
    const [one, other] = [await bench().transport(), await bench().transport()];
    const holder = await bench().consumer(one);
    const idle = await bench().consumer(other);
    await one.publish(messages(['a']), open());
    const tags = tagsOf(await holder.consumer.claim(1));

    const claiming = idle.claimWhenWoken(1, WAKE_DEADLINE_MS);
    await holder.consumer.release(tags);

    expect(idsOf(await claiming)).toEqual(['a']);
  });

  test('a message laid aside is found at the head of its queue when it is due, not before', async () => {
    const transport = await bench().transport();
    const { claimWhenWoken, consumer } = await bench().consumer(transport);
    await transport.publish(messages(['parked']), open());
    const tags = tagsOf(await consumer.claim(1));
    const dueMs = Date.now() + 700;

    await consumer.park(tags.map((tag) => ({ tag, dueMs, headers: { note: 'later', count: 2 } })));

    expect(await consumer.claim(1)).toEqual([]);
    const [delivery] = deliveries(await claimWhenWoken(1, 700 + DUE_DEADLINE_MS));
    expect(Date.now()).toBeGreaterThanOrEqual(dueMs);
    expect(Date.now() - dueMs).toBeLessThan(DUE_DEADLINE_MS);
    expect(delivery?.headers).toMatchObject({ id: 'parked', note: 'later', count: 2 });
  });

  test('a message that is due goes before those that wait', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(messages(['a', 'parked', 'b']), open());
    const [first = '', second = ''] = tagsOf(await consumer.claim(2));
    await consumer.release([first]);

    await consumer.park([{ tag: second, dueMs: Date.now() - 1 }]);

    await until(async () => (await transport.size('celery')) === 3, {
      deadlineMs: DUE_DEADLINE_MS,
      what: 'the message to be due',
    });
    expect(idsOf(await consumer.claim(3))).toEqual(['parked', 'a', 'b']);
  });

  test('what a consumer laid aside is released by others when it is gone', async () => {
    const [one, other] = [await bench().hastyTransport(), await bench().hastyTransport()];
    const leaving = await bench().consumer(one);
    const staying = await bench().consumer(other);
    await one.publish(messages(['a', 'b']), open());
    const [first = '', second = ''] = tagsOf(await leaving.consumer.claim(2));
    const dueMs = Date.now() + 1_200; // their next sweep is before that

    await leaving.consumer.park([
      { tag: first, dueMs },
      { tag: second, dueMs: dueMs + 100 },
    ]);
    await leaving.consumer.close();
    await one.close();

    const claimed = await staying.claimWhenWoken(2, 1_300 + DUE_DEADLINE_MS);
    expect(idsOf(claimed).toSorted()).toEqual(['a', 'b']);
  });

  test('what was laid aside while nobody consumed is found by the next consumer', async () => {
    const transport = await bench().transport();
    const leaving = await bench().consumer(transport);
    await transport.publish(messages(['a']), open());
    const tags = tagsOf(await leaving.consumer.claim(1));
    await leaving.consumer.park(tags.map((tag) => ({ tag, dueMs: Date.now() + 50 })));
    await leaving.consumer.close();

    const next = await bench().consumer(transport);

    expect(idsOf(await next.claimWhenWoken(1, 50 + DUE_DEADLINE_MS))).toEqual(['a']);
  });

  test('laying aside a claim that was settled does nothing', async () => {
    const transport = await bench().transport();
    const { consumer } = await bench().consumer(transport);
    await transport.publish(messages(['a', 'b']), open());
    const [settled = '', held = ''] = tagsOf(await consumer.claim(2));
    await consumer.commit([{ tag: settled, settle: { kind: 'ack' }, writes: [], messages: [] }]);

    await consumer.park([settled, held].map((tag) => ({ tag, dueMs: Date.now() - 1 })));

    await until(async () => (await transport.size('celery')) === 1, {
      deadlineMs: DUE_DEADLINE_MS,
      what: 'the other message to be due',
    });
    expect(idsOf(await consumer.claim(2))).toEqual(['b']);
  });
}
