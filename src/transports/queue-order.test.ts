import { expect, test } from 'vitest';
import { QueueOrder, type QueueOrderStrategy } from './queue-order.ts';

/** Serves the first queue that has messages, one at a time, as Kombu does. */
function served(strategy: QueueOrderStrategy, backlog: string): string {
  const left = backlog.split('');
  const order = new QueueOrder(['b', 'a', 'c'], strategy);
  let served = '';
  while (left.length > 0) {
    const queue = order.queues.find((each) => left.includes(each)) ?? '';
    left.splice(left.indexOf(queue), 1);
    order.note(new Set([queue]));
    served += queue;
  }
  return served;
}

test.each([
  ['priority', 'bbbaac'],
  ['sorted', 'aabbbc'],
  ['round_robin', 'bacbab'],
] as const)('with %s the queues are served in the order %s', (strategy, expected) => {
  expect(served(strategy, 'babcba')).toBe(expected);
});
