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

/** A completer whose results are kept elsewhere than its messages, and what it did. */
function aCompleter() {
  const published: string[] = [];
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
    backend: { apply: async () => {} },
    isOneStore: false,
    onSettled: () => {},
    onTrouble: (error: unknown) => troubles.push(error),
    signal: new AbortController().signal,
  };
  const completer = new Completer(parts as unknown as ConstructorParameters<typeof Completer>[0]);
  return { completer, published, committed, troubles };
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
