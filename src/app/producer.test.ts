import { describe, expect, test } from 'vitest';
import { SendTimeoutError } from '../errors.ts';
import type { OutgoingMessage } from '../protocol/index.ts';
import { untilAborted } from '../results/index.ts';
import type { Transport } from '../transports/index.ts';
import { createDeferred, type Deferred } from '../util/index.ts';
import { Producer } from './producer.ts';

const message = (queue: string, body = '') => ({ queue, body }) as OutgoingMessage;

/** A broker that confirms at once, unless `confirm` holds it up. */
function open(confirm?: Deferred<void>) {
  const batches: string[][] = [];
  const publish = async (messages: readonly OutgoingMessage[], signal: AbortSignal) => {
    batches.push(messages.map((each) => each.queue));
    if (confirm) await untilAborted(confirm.promise, signal);
  };
  const transport = async () => ({ publish }) as unknown as Transport;
  const parts = { transport, brokerUrl: 'redis://:secret@host', deadlineMs: 1_000 };
  return { batches, parts, producer: new Producer(parts) };
}

describe('a producer', () => {
  test('joins what is sent in one turn into one batch, in order', async () => {
    const { batches, producer } = open();

    const sends = ['a', 'b'].map((queue) => producer.send([message(queue)], {}));
    const later = Promise.resolve().then(() => producer.send([message('c'), message('d')], {}));
    await Promise.all([...sends, later]);
    await producer.send([message('e')], {});

    expect(batches).toEqual([['a', 'b', 'c', 'd'], ['e']]);
  });

  test('gives whoever brings a deadline or a signal a batch of their own', async () => {
    const { batches, producer } = open();
    const { signal } = new AbortController();

    await Promise.all([
      producer.send([message('a')], {}),
      producer.send([message('b')], { signal }),
      producer.send([message('c')], { deadlineMs: 100 }),
    ]);

    expect(batches).toHaveLength(3);
  });

  test('gives up after the deadline, naming the broker without its password', async () => {
    const { producer } = open(createDeferred());

    const sent = producer.send([message('a')], { deadlineMs: 5 });

    await expect(sent).rejects.toThrow(SendTimeoutError);
    await expect(sent).rejects.toThrow(
      "'redis://:***@host' has not confirmed what was sent within 0.005 s",
    );
  });

  test('does not publish what was given up before the connection was open', async () => {
    const { batches, parts } = open();
    const opening = createDeferred<Transport>();
    const producer = new Producer({ ...parts, transport: () => opening.promise });

    await expect(producer.send([message('a')], { deadlineMs: 5 })).rejects.toThrow(
      SendTimeoutError,
    );
    opening.resolve(await parts.transport());
    await producer.idle();

    expect(batches).toEqual([]);
  });

  test('rejects with the reason of a signal', async () => {
    const { producer } = open(createDeferred());
    const controller = new AbortController();
    const sent = producer.send([message('a')], { signal: controller.signal });

    controller.abort(new Error('never mind'));

    await expect(sent).rejects.toThrow('never mind');
  });

  test('tells all of a batch that failed, and works again', async () => {
    const { batches, parts } = open();
    let isUp = false;
    const transport = async () => (isUp ? parts.transport() : Promise.reject(new Error('down')));
    const producer = new Producer({ ...parts, transport });

    const sends = await Promise.allSettled(
      ['a', 'b'].map((queue) => producer.send([message(queue)], {})),
    );
    isUp = true;
    await producer.send([message('c')], {});

    expect(sends.map((each) => each.status)).toEqual(['rejected', 'rejected']);
    expect(batches).toEqual([['c']]);
  });

  test('is idle once the broker has confirmed everything', async () => {
    const confirm = createDeferred();
    const { producer } = open(confirm);
    const sent = producer.send([message('a')], {});
    let isIdle = false;
    const idle = producer.idle().then(() => {
      isIdle = true;
    });

    await Promise.resolve();
    expect(isIdle).toBe(false);
    confirm.resolve(undefined);
    await Promise.all([sent, idle]);

    expect(isIdle).toBe(true);
  });
});
