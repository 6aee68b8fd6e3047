import { expect, test } from 'vitest';
import { anAck, deliveries, ids, idsOf, messages, tagsOf } from './data.ts';
import { type Gaps, testUnless } from './gaps.ts';
import { type Bench, CLAIM_TIMEOUT_MS, RESTORE_DEADLINE_MS } from './harness.ts';

const open = (): AbortSignal => AbortSignal.timeout(5_000);

/** What becomes of claims when their worker is gone, busy, or alive. */
export function leaseConformance(bench: () => Bench, gaps: Gaps): void {
  test('the claims of a worker that is gone come back in their order, and counted', async () => {
    const transport = await bench().hastyTransport();
    const gone = await bench().consumer(transport);
    await transport.publish(messages(ids(4)), open());
    await gone.consumer.claim(2);
    await gone.consumer.claim(1);
    await gone.consumer.close();
    const other = await bench().consumer(await bench().hastyTransport());
    expect(idsOf(await other.consumer.claim(1))).toEqual(['m4']);

    const claimed = await other.claimWhenWoken(3, RESTORE_DEADLINE_MS);

    expect(idsOf(claimed)).toEqual(['m1', 'm2', 'm3']);
    const counts = deliveries(claimed).map(({ headers }) => headers['x-celeriac-deliveries']);
    expect(counts).toEqual([1, 1, 1]);
    expect(other.notices.filter((notice) => notice.startsWith('warn'))).toHaveLength(1);
  });

  testUnless(gaps.otherProcesses)('the claims of a killed process come back', async () => {
    const transport = await bench().hastyTransport();
    const survivor = await bench().consumer(transport);
    const victim = await bench().otherProcess();
    await transport.publish(messages(['a', 'b']), open());
    victim.writeLine('claim 2');
    await victim.waitForLine(/^done claim 2 a b$/, 5_000);

    victim.kill('SIGKILL');

    const claimed = await survivor.claimWhenWoken(2, RESTORE_DEADLINE_MS);
    expect(idsOf(claimed)).toEqual(['a', 'b']);
  });

  test('each loss of a worker is counted in the message', async () => {
    const transport = await bench().hastyTransport();
    const first = await bench().consumer(transport);
    await transport.publish(messages(['poison']), open());
    await first.consumer.claim(1);
    await first.consumer.close();
    const second = await bench().consumer(transport);
    const again = deliveries(await second.claimWhenWoken(1, RESTORE_DEADLINE_MS));
    expect(again[0]?.headers['x-celeriac-deliveries']).toBe(1);
    await second.consumer.close();

    const third = await bench().consumer(transport);

    const last = deliveries(await third.claimWhenWoken(1, RESTORE_DEADLINE_MS));
    expect(last[0]?.headers['x-celeriac-deliveries']).toBe(2);
  });

  test('a worker that lives keeps its claims for longer than the timeout', async () => {
    // three threads that renew claims are made from sources, which takes a busy machine a while
    const timeoutMs = 3 * CLAIM_TIMEOUT_MS;
    const patient = { visibilityTimeoutMs: timeoutMs, leaseTimeoutMs: timeoutMs };
    const alive = await bench().consumer(await bench().transport(patient));
    const transport = await bench().transport(patient);
    const gone = await bench().consumer(transport);
    const other = await bench().consumer(await bench().transport(patient));
    await transport.publish(messages(['held', 'canary1']), open());
    const [held = ''] = tagsOf(await alive.consumer.claim(1));
    await gone.consumer.claim(1);
    await gone.consumer.close();

    // claimed after the held one, so once it is back the held one has outlived the timeout
    const canary = await other.claimWhenWoken(1, 2 * RESTORE_DEADLINE_MS);

    expect(idsOf(canary)).toEqual(['canary1']);
    expect(await alive.consumer.commit([anAck(held)])).toEqual([]);
  });

  testUnless(gaps.otherProcesses)(
    'claims survive a main thread that is blocked for longer than the timeout',
    async () => {
      const transport = await bench().hastyTransport();
      const { consumer, claimWhenWoken } = await bench().consumer(transport);
      const sweeper = await bench().otherProcess();
      await transport.publish(messages(['first', 'second']), open());
      const tags = tagsOf(await claimWhenWoken(2, 5_000));
      const sweep = `sweep-after ${2.5 * CLAIM_TIMEOUT_MS}`;
      sweeper.writeLine(sweep);
      await sweeper.waitForLine(/^begun$/, 5_000);

      blockThread(3 * CLAIM_TIMEOUT_MS);

      // a new consumer sweeps before anything else
      await sweeper.waitForLine(new RegExp(`^done ${sweep}$`), 5_000);
      expect(await consumer.commit(tags.map((tag) => anAck(tag)))).toEqual([]);
    },
  );

  test('closing a consumer gives nothing back before the timeout', async () => {
    const transport = await bench().transport();
    const closed = await bench().consumer(transport);
    await transport.publish(messages(['a']), open());
    const claimed = await closed.consumer.claim(1);
    await closed.consumer.close();

    const other = await bench().consumer(transport);

    expect(await other.consumer.claim(1)).toEqual([]);
    expect(await transport.size('celery')).toBe(0);
    expect(idsOf(claimed)).toEqual(['a']);
  });
}

function blockThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
