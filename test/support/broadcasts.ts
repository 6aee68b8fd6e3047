import type { OutgoingMessage, QueueSpec } from '../../src/protocol/index.ts';
import { aMessage } from './messages.ts';

/** A fanout exchange. */
export const exchange = { name: 'news', type: 'fanout' } as const;

/** The queue that each consumer has of it. */
export const broadcast: QueueSpec = {
  name: 'news',
  bindings: [{ exchange, routingKey: '' }],
  isBroadcast: true,
};

/** A message to all who listen. */
export function toAll(id: string): OutgoingMessage {
  return { ...aMessage(id), route: { exchange, routingKey: '', declare: [] } };
}
