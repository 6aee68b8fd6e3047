import { expect, test } from 'vitest';
import { MessageUnroutableError } from '../errors.ts';
import type { OutgoingMessage } from '../protocol/index.ts';
import type { Completion } from '../transports/index.ts';
import { Completer } from './completer.ts';

/** A completion that publishes into a queue; there is none of the name `nowhere`. */
function aCompletion(tag: string, queue: string): Completion {
  const message = { queue } as OutgoingMessage;
  return { tag, settle: { kind: 'ack' }, writes: [], messages: [message] };
}

/** The write of a state that is named by its key. */
function aStart(key: string): Completion {
  const write = { key, document: '', ttlMs: 0, db: 0 };
  return { tag: '', settle: { kind: 'kept' }, writes: [write], messages: [] };
}

/** A completer whose results are kept elsewhere than its messages, or in one store, and what it did. */
function aCompleter({ isOneStore = false } = {}) {
  const published: string[] = [];
  const settled: string[] = [];
  const stored: string[] = [];
  const committed: Completion[] = [];
  const troubles: unknown[] = [];
  const parts = {
    consumer: {
      commit: async (batch: readonly Completion[]) => {
        committed.push(...batch);
        return [];
      },
    },
    transport: {
      publish: async (messages: readonly OutgoingMessage[]) => {
        const queues = messages.map(({ queue }) => queue);
        if (queues.includes('nowhere')) throw new MessageUnroutableError('x', 'nowhere');
        published.push(...queues);
      },
    },
    backend: {
      apply: async (writes: readonly { key: string }[]) => {
        stored.push(...writes.map(({ key }) => key));
      },
    },
    isOneStore,
    isOneBroker: isOneStore,
    onSettled: (tags: readonly string[]) => settled.push(...tags),
    onTrouble: (error: unknown) => troubles.push(error),
    signal: new AbortController().signal,
  };
  const completer = new Completer(parts as unknown as ConstructorParameters<typeof Completer>[0]);
  return { completer, published, settled, stored, committed, troubles };
}

test('a task whose next message has no queue becomes a dead letter, and holds up no other', async () => {
  const { completer, published, committed, troubles } = aCompleter();

  completer.add([aCompletion('a', 'one'), aCompletion('b', 'nowhere'), aCompletion('c', 'two')]);
  await completer.idle();

  expect(published).toEqual(['one', 'two']);
  expect(committed.map(({ tag, settle }) => [tag, settle.kind])).toEqual([
    ['a', 'ack'],
    ['b', 'dead-letter'],
    ['c', 'ack'],
  ]);
  expect(troubles).toEqual([]);
});

test('a beginning is written, and settles nothing', async () => {
  const one = aCompleter({ isOneStore: true });
  const two = aCompleter();

  for (const { completer } of [one, two]) {
    completer.addStart('a', aStart('a started'));
    await completer.idle();
  }

  expect(one.committed.flatMap(({ writes }) => writes.map(({ key }) => key))).toEqual([
    'a started',
  ]);
  expect(two.stored).toEqual(['a started']);
  expect(two.committed).toEqual([]);
  expect([...one.settled, ...two.settled]).toEqual([]);
});

test('a beginning is not written once its task has ended', async () => {
  const { completer, committed, settled } = aCompleter({ isOneStore: true });

  completer.addStart('a', aStart('a started'));
  completer.addStart('b', aStart('b started'));
  completer.add([{ ...aStart('a ended'), tag: 'a', settle: { kind: 'ack' } }]);
  await completer.idle();

  const keys = committed.flatMap(({ writes }) => writes.map(({ key }) => key));
  expect(keys).toEqual(['b started', 'a ended']);
  expect(settled).toEqual(['a']);
});

test('a beginning that is on its way is written before the end of its task', async () => {
  const { completer, committed } = aCompleter({ isOneStore: true });

  completer.addStart('a', aStart('a started'));
  await Promise.resolve();
  completer.add([{ ...aStart('a ended'), tag: 'a', settle: { kind: 'ack' } }]);
  await completer.idle();

  const keys = committed.flatMap(({ writes }) => writes.map(({ key }) => key));
  expect(keys).toEqual(['a started', 'a ended']);
});
