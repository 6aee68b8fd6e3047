import { CeleriacError } from '../errors.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson, encodeString } from './json-encode.ts';
import { scanObject } from './json-scan.ts';
import type { Delivery, MessageProperties, OutgoingMessage, TaskHeaders } from './message.ts';
import { type Sender, senderOf } from './sender.ts';
import { isRecord } from './signature.ts';
import { shown } from './values.ts';

/** The parts of an envelope, as a worker needs them. */
export type EnvelopeParts = Omit<Delivery, 'tag' | 'queue'>;

/** What an entry of a queue turned out to be. */
export type ParsedEnvelope =
  | Readonly<{ ok: true } & EnvelopeParts>
  | (Readonly<{ ok: false; reason: string }> & Sender);

/**
 * Writes a message as one entry of a queue: Kombu's virtual transport envelope, byte for byte.
 * @param deliveryTag - fresh per publish; Python keeps unacknowledged messages under it.
 * @throws EncodeError for a custom header that has no JSON form.
 */
export function encodeEnvelope(message: OutgoingMessage, deliveryTag: string): string {
  const { properties, route } = message;
  const exchange = route ? encodeString(route.exchange.name) : '""';
  const routingKey = encodeString(route ? route.routingKey : message.queue);
  const body = btoa(message.body); // a third of the time that Buffer takes
  const expiration =
    properties.expiration === undefined
      ? ''
      : `"expiration": ${encodeString(properties.expiration)}, `;
  return (
    `{"body": "${body}", "content-encoding": ${encodeString(message.contentEncoding)}, ` +
    `"content-type": ${encodeString(message.contentType)}, "headers": ${encodeHeaders(message.headers)}, ` +
    `"properties": {"correlation_id": ${encodeString(properties.correlation_id)}, ` +
    `"reply_to": ${encodeString(properties.reply_to)}, ${encodeExtra(properties.extra)}"delivery_mode": ${properties.delivery_mode}, ` +
    `${expiration}"delivery_info": {"exchange": ${exchange}, "routing_key": ${routingKey}}, ` +
    `"priority": ${properties.priority}, "body_encoding": "base64", ` +
    `"delivery_tag": ${encodeString(deliveryTag)}}}`
  );
}

function encodeExtra(extra: MessageProperties['extra']): string {
  if (extra === undefined) return '';
  return `${encodeJson(extra, { path: 'properties' }).slice(1, -1)}, `;
}

/** The order in which Python writes its own headers; custom ones follow. */
const knownHeaders = [
  'lang',
  'task',
  'id',
  'shadow',
  'eta',
  'expires',
  'group',
  'group_index',
  'retries',
  'timelimit',
  'root_id',
  'parent_id',
  'argsrepr',
  'kwargsrepr',
  'origin',
  'ignore_result',
  'replaced_task_nesting',
  'stamped_headers',
  'stamps',
] as const satisfies readonly (keyof TaskHeaders)[];

const headerPrefixes = knownHeaders.map((name, index) => `${index === 0 ? '{' : ', '}"${name}": `);

function encodeHeaders(headers: TaskHeaders): string {
  let text = '';
  let index = 0;
  // looking up each name would take several times as long as reading them in their own order
  for (const name in headers) {
    const value = headers[name];
    const isNext = index >= knownHeaders.length || name === knownHeaders[index];
    if (!isNext || value === undefined) return encodeUnordered(headers);
    text += `${headerPrefixes[index] ?? `, ${encodeString(name)}: `}${encodeHeader(name, value)}`;
    index++;
  }
  return index < knownHeaders.length ? encodeUnordered(headers) : `${text}}`;
}

function encodeHeader(name: string, value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return encodeString(value);
  return encodeJson(value, { path: `headers.${name}` });
}

/** Headers of a message from elsewhere may lack some of ours, and have them in another order. */
function encodeUnordered(headers: TaskHeaders): string {
  const names = new Set<string>([...knownHeaders, ...Object.keys(headers)]);
  const members: string[] = [];
  for (const name of names) {
    const value = headers[name];
    if (value === undefined) continue;
    members.push(`${encodeString(name)}: ${encodeHeader(name, value)}`);
  }
  return `{${members.join(', ')}}`;
}

/** Takes an entry of a queue apart; never throws, whatever the text. */
export function parseEnvelope(payload: string): ParsedEnvelope {
  try {
    return parseUsual(payload) ?? parseAny(payload);
  } catch (error) {
    return refused(payload, error instanceof CeleriacError ? error.summary : String(error));
  }
}

const bodyStart = '{"body": "';
const headersStart =
  '", "content-encoding": "utf-8", "content-type": "application/json", "headers": ';
const propertiesStart = ', "properties": {';

/**
 * The envelope that Celery and we write, without decoding the whole of it. What is not exactly that
 * leaves a slice that is no JSON object, and is left to `parseAny`.
 */
function parseUsual(payload: string): ParsedEnvelope | undefined {
  if (!payload.startsWith(bodyStart)) return undefined;
  const bodyEnd = payload.indexOf('"', bodyStart.length);
  if (!payload.startsWith(headersStart, bodyEnd)) return undefined;
  const headersAt = bodyEnd + headersStart.length;
  const headersEnd = payload.lastIndexOf(propertiesStart);
  const body = payload.slice(bodyStart.length, bodyEnd);
  if (headersEnd < headersAt || body.includes('\\')) return undefined;
  const headersText = payload.slice(headersAt, headersEnd);
  const headers = parseSlice(headersText);
  const properties = parseSlice(payload.slice(headersEnd + propertiesStart.length - 1, -1));
  if (!headers || properties?.body_encoding !== 'base64' || !payload.endsWith('}'))
    return undefined;
  return {
    ok: true,
    headers,
    headersText,
    properties,
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body,
    bodyEncoding: 'base64',
  };
}

function parseSlice(text: string): Record<string, unknown> | undefined {
  try {
    const value = decodeJson(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined; // the whole is decoded next, and says what is wrong
  }
}

/** Any envelope: other key orders, spaces, encodings, typed bodies, missing parts. */
function parseAny(payload: string): ParsedEnvelope {
  const envelope = decodeJson(payload);
  const wrong = (reason: string) => refused(payload, reason);
  if (!isRecord(envelope)) return wrong('it is JSON, but no object');
  const { headers, properties = null } = envelope;
  if (!isRecord(headers)) return wrong('its headers are no object');
  if (properties !== null && !isRecord(properties)) return wrong('its properties are no object');
  const contentType = textOrNull(envelope['content-type']);
  const contentEncoding = textOrNull(envelope['content-encoding']);
  if (contentType === undefined || contentEncoding === undefined) {
    return wrong('its content type or encoding is no text');
  }
  const body = parseBodyPart(envelope.body, properties?.body_encoding);
  if ('reason' in body) return wrong(body.reason);
  const span = scanObject(payload, 0).members.get('headers');
  const headersText = span ? payload.slice(span.start, span.end) : '{}';
  return {
    ok: true,
    headers,
    headersText,
    properties: properties ?? {},
    contentType,
    contentEncoding,
    ...body,
  };
}

function refused(payload: string, reason: string): ParsedEnvelope {
  return { ok: false, reason: `the entry is no message: ${reason}`, ...senderOf(payload) };
}

function textOrNull(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : undefined;
}

function parseBodyPart(
  body: unknown,
  encoding: unknown,
): Pick<Delivery, 'body' | 'bodyEncoding'> | { reason: string } {
  if (body instanceof Uint8Array) {
    return { body: Buffer.from(body).toString('base64'), bodyEncoding: 'base64' };
  }
  if (typeof body !== 'string') return { reason: 'its body is no text' };
  if (encoding === 'base64') return { body, bodyEncoding: 'base64' };
  if (encoding === undefined || encoding === null || encoding === 'utf-8') {
    return { body, bodyEncoding: 'utf-8' };
  }
  return { reason: `its body encoding is ${shown(encoding)}, not base64 or utf-8` };
}
