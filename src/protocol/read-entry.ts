import { parseEnvelope } from './envelope.ts';
import type { Claimed } from './message.ts';
import { senderIn } from './sender.ts';

/** An entry of a queue that was claimed, as the text it is. */
export interface ClaimedEntry {
  /** Names the claim. */
  readonly tag: string;
  readonly queue: string;
  readonly payload: string;
}

/** What a worker gets of an entry: the message, or why it is none. Never throws. */
export function readEntry({ tag, queue, payload }: ClaimedEntry): Claimed {
  const envelope = parseEnvelope(payload);
  if (!envelope.ok) {
    const { reason, id, replyTo } = envelope;
    return { kind: 'malformed', tag, queue, reason, id, replyTo };
  }
  // named one by one, as copying what is not known by name takes several times as long
  const { headers, headersText, properties, contentType, contentEncoding } = envelope;
  const { body, bodyEncoding } = envelope;
  const missing = missingProperty(properties);
  if (missing) {
    const reason = `the entry is no message: ${missing}`;
    return { kind: 'malformed', tag, queue, reason, ...senderIn(headers, properties) };
  }
  return {
    kind: 'message',
    delivery: {
      tag,
      queue,
      headers,
      headersText,
      properties,
      contentType,
      contentEncoding,
      body,
      bodyEncoding,
    },
  };
}

/** What a Python worker cannot do without: it ends, and where the message waits again, so does the next one. */
function missingProperty(properties: Readonly<Record<string, unknown>>): string | undefined {
  const { delivery_info: info, delivery_tag: tag } = properties;
  if (typeof info !== 'object' || info === null) return "its 'delivery_info' is no object";
  const { exchange, routing_key: key } = info as Readonly<Record<string, unknown>>;
  if (typeof exchange !== 'string' || typeof key !== 'string') {
    return "its 'delivery_info' has no text 'exchange' or 'routing_key'";
  }
  return tag === undefined || tag === null ? "it has no 'delivery_tag'" : undefined;
}
