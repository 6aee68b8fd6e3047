import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Claimed } from '../../src/protocol/index.ts';
import {
  type ConsumeOptions,
  type Consumer,
  openTransport,
  type Transport,
  type TransportOptions,
} from '../../src/transports/index.ts';
import { acksOf, aMessage, soonEnough } from './messages.ts';
import { until } from './waits.ts';

/** A transport that is closed when the test is over. */
export async function openTestTransport(
  url: string,
  options: Partial<TransportOptions> = {},
): Promise<Transport> {
  const transport = await openTransport(url, {
    ...{ visibilityTimeoutMs: 3_600_000, leaseTimeoutMs: 30_000, connectTimeoutMs: 4_000 },
    ...options,
  });
  onTestFinished(() => transport.close());
  return transport;
}

/** A consumer together with what it told. */
export interface TestConsumer {
  readonly consumer: Consumer;
  readonly notices: string[];
  /** How often it has been woken. */
  readonly wakes: () => number;
  /** Claims whenever woken until there are as many; they are in the order in which they came. */
  readonly gather: (count: number, deadlineMs: number) => Promise<Claimed[]>;
}

/** Consumes like a worker: whenever it is woken. */
export async function consumeFrom(
  transport: Transport,
  options: Partial<ConsumeOptions> = {},
): Promise<TestConsumer> {
  const notices: string[] = [];
  let wakes = 0;
  const consumer = await transport.consume({
    ...{ queues: ['celery'], nodeName: 'tester@here' },
    ...options,
    onWake: () => {
      wakes += 1;
    },
    onNotice: (level, message) => notices.push(`${level}: ${message}`),
  });
  const gather = async (count: number, deadlineMs: number): Promise<Claimed[]> => {
    const claimed: Claimed[] = [];
    let seen = -1;
    return until(
      async () => {
        if (wakes !== seen) {
          seen = wakes;
          claimed.push(...(await consumer.claim(count - claimed.length).catch(() => [])));
        }
        return claimed.length >= count ? claimed : undefined;
      },
      { deadlineMs, what: () => `${count} claims, got ${claimed.length}; ${notices.join('; ')}` },
    );
  };
  return { consumer, notices, wakes: () => wakes, gather };
}

/** Waits until an idle consumer has had all its wakes, and the server tells it about the next push. */
export async function settle(
  { consumer, gather, notices }: TestConsumer,
  url: string,
): Promise<void> {
  const transport = await openTestTransport(url);
  for (const id of ['one', 'two']) {
    await transport.publish([aMessage(id)], soonEnough());
    await consumer.commit(acksOf(await gather(1, 5_000)));
    await consumer.claim(1);
  }
  await sleep(300);
  notices.length = 0;
}
