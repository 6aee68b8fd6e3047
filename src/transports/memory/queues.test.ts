import { expect, test } from 'vitest';
import { takeInOrder } from '../take-in-order.ts';
import { Queues, type StoredMessage } from './queues.ts';

function message(payload: string, { queue = 'a', step = 0 } = {}): StoredMessage {
  return { queue, step, payload };
}

const payloads = (messages: readonly StoredMessage[]) => messages.map(({ payload }) => payload);

test('what is taken comes from all queues of one step before the next step', () => {
  const queues = new Queues();
  queues.push([message('a9', { step: 9 }), message('b0', { queue: 'b' }), message('a0')]);

  const order = { queues: ['a', 'b'], steps: [0, 9], limit: 9, overtaken: { count: 0, turn: 0 } };
  const { messages } = takeInOrder(order, queues);

  expect(payloads(messages)).toEqual(['a0', 'b0', 'a9']);
});

test('what is put back comes first, in its order', () => {
  const queues = new Queues();
  queues.push([message('3')]);

  queues.unshift([message('1'), message('2')]);

  expect(payloads(queues.take('a', 0, 9))).toEqual(['1', '2', '3']);
});

test('its size is that of all queues, whatever is taken, put back and purged', () => {
  const queues = new Queues();
  queues.push([message('1'), message('2', { step: 3 }), message('3', { queue: 'b' })]);

  const [first] = queues.take('a', 0, 1);
  expect([queues.size, queues.sizeOf('a'), queues.sizeOf('b')]).toEqual([2, 1, 1]);
  if (first) queues.unshift([first]);
  expect(queues.purge('a')).toBe(2);

  expect([queues.size, queues.sizeOf('a'), queues.sizeOf('b')]).toEqual([1, 0, 1]);
});
