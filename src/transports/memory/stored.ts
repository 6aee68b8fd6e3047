import { randomUUID } from 'node:crypto';
import { encodeEnvelope, type OutgoingMessage } from '../../protocol/index.ts';
import type { StoredMessage } from './queues.ts';

/** The priority steps in the order in which they are served: 0 first, as with Celery on Redis. */
export const STEPS: readonly number[] = [0, 3, 6, 9];

/** A message as it is kept: in the form that it has on the wire. @throws EncodeError */
export function toStored(message: OutgoingMessage): StoredMessage {
  return {
    queue: message.queue,
    step: STEPS.findLast((step) => step <= message.properties.priority) ?? 0,
    payload: encodeEnvelope(message, randomUUID()),
  };
}
