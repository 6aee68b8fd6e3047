import { type Claimed, parseEnvelope } from '../../protocol/index.ts';
import type { HeldClaim } from './held-claims.ts';

/** What a worker gets of a claim: the message, or why it is none. */
export function readClaim({ tag, queue, payload }: HeldClaim): Claimed {
  const envelope = parseEnvelope(payload);
  if (!envelope.ok) return { kind: 'malformed', tag, queue, reason: envelope.reason };
  // named one by one, as copying what is not known by name takes several times as long
  const { headers, headersText, properties, contentType, contentEncoding } = envelope;
  const { body, bodyEncoding } = envelope;
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
