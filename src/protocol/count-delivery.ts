import { parseEnvelope } from './envelope.ts';
import { DELIVERIES_HEADER } from './message.ts';
import { spliceHeaders } from './splice-headers.ts';

/**
 * The entry of a queue with one more delivery that ended in a lost worker.
 * @returns undefined for what is no message or has no headers; the worker that claims it next says so.
 */
export function countDelivery(payload: string): string | undefined {
  const envelope = parseEnvelope(payload);
  if (!envelope.ok || envelope.headersText === '{}') return undefined;
  const deliveries = deliveriesSoFar(envelope.headers) + 1;
  return spliceHeaders(payload, { [DELIVERIES_HEADER]: deliveries });
}

function deliveriesSoFar(headers: Readonly<Record<string, unknown>>): number {
  const count = headers[DELIVERIES_HEADER];
  if (typeof count === 'number' && count >= 0) return Math.trunc(count);
  return headers.redelivered === true ? 1 : 0;
}
