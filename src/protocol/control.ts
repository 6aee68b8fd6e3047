import { packContent } from './content.ts';
import { encodeJson, encodeString } from './json-encode.ts';
import type { Serializer } from './serializers.ts';
import type { JsonTypes } from './values.ts';

/** The fanout exchange that all workers listen to for commands. */
export const CONTROL_EXCHANGE = 'celery.pidbox';

/** A command to all workers, spelled as on the wire. */
export interface ControlCommand {
  readonly method: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** How a command is written. */
export interface ControlOptions {
  /** The sender's logical clock. */
  readonly clock: number;
  /** When it is of no use any more; epoch milliseconds. Workers do not look at it. */
  readonly expiresMs: number;
  readonly serializer: Serializer;
  readonly types: JsonTypes;
  /** Fresh for each. */
  readonly deliveryTag: string;
}

/** Writes a command that wants no reply, as Kombu's `pidbox` does: an envelope. @throws EncodeError */
export function encodeControl(command: ControlCommand, options: ControlOptions): string {
  const { clock, expiresMs, serializer, types, deliveryTag } = options;
  const { method, arguments: given } = command;
  const everybody = { destination: null, pattern: null, matcher: null };
  const fields = { method, arguments: given, ...everybody };
  const bytes = serializer.encode(fields, types, 'record');
  const content = packContent(bytes, serializer, { method: null });
  const headers = encodeJson({ clock, expires: expiresMs / 1000 });
  return (
    `{"body": "${btoa(content.body)}", "content-encoding": ${encodeString(content.contentEncoding)}, ` +
    `"content-type": ${encodeString(content.contentType)}, "headers": ${headers}, ` +
    `"properties": {"delivery_mode": 2, "delivery_info": {"exchange": "${CONTROL_EXCHANGE}", "routing_key": ""}, ` +
    `"priority": 0, "body_encoding": "base64", "delivery_tag": ${encodeString(deliveryTag)}}}`
  );
}
