import type { Job } from '../../pool/index.ts';
import type { Request } from './request.ts';

/** What the pool needs of a request. */
export function jobOf(request: Request): Job {
  const { delivery, task, id } = request;
  const { compression } = delivery.headers;
  const { reply_to: replyTo, correlation_id: correlationId } = delivery.properties;
  return {
    tag: request.tag,
    queue: request.queue,
    task,
    id,
    headersText: delivery.headersText,
    body: delivery.body,
    bodyEncoding: delivery.bodyEncoding,
    contentType: delivery.contentType,
    contentEncoding: delivery.contentEncoding,
    compression: typeof compression === 'string' ? compression : null,
    replyTo: typeof replyTo === 'string' ? replyTo : null,
    correlationId: typeof correlationId === 'string' ? correlationId : null,
    priority: request.priority ?? 0,
    properties: isUsual(delivery) ? null : delivery.properties,
  };
}

/** What every message has that was sent straight to a queue; the broker's own two say nothing of the message. */
const usual: ReadonlySet<string> = new Set([
  ...['correlation_id', 'reply_to', 'priority', 'delivery_mode', 'delivery_info'],
  ...['body_encoding', 'delivery_tag'],
]);

/** Whether the properties hold nothing that a job does not hold anyway. */
function isUsual({ properties, queue }: Request['delivery']): boolean {
  for (const name in properties) if (!usual.has(name)) return false;
  const { delivery_mode: mode, delivery_info: info } = properties;
  if (mode !== undefined && mode !== 2) return false;
  if (typeof info !== 'object' || info === null) return info === undefined;
  const { exchange = '', routing_key: key = queue } = info as Readonly<Record<string, unknown>>;
  return exchange === '' && key === queue;
}
