import { randomUUID } from 'node:crypto';
import { encodeEnvelope, type OutgoingMessage, type Route } from '../../protocol/index.ts';
import { stepFor } from '../layout-options.ts';
import type { StoredMessage } from './queues.ts';

/** A message in the form that it has on the wire; with a route its queues are found when it is stored. */
export interface PreparedMessage extends StoredMessage {
  readonly route: Route | undefined;
}

/** @param steps - the priorities that are kept apart. @throws EncodeError */
export function prepareMessage(
  message: OutgoingMessage,
  steps: readonly number[],
): PreparedMessage {
  const { queue, route, properties } = message;
  const step = stepFor(steps, properties.priority);
  return { queue, route, step, payload: encodeEnvelope(message, randomUUID()) };
}
