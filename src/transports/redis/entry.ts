import {
  DELIVERIES_HEADER,
  type ParsedEnvelope,
  parseEnvelope,
  spliceHeaders,
} from '../../protocol/index.ts';

/** A field of `unacked` taken apart: the payload as the bytes it came in. */
export interface Entry {
  readonly payload: string;
  readonly exchange: string;
  readonly routingKey: string;
}

const text = '("(?:[^"\\\\]|\\\\.)*"|null)';
/** The end of `[payload, exchange, routing key]`. */
const end = new RegExp(`\\s*,\\s*${text}\\s*,\\s*${text}\\s*\\]\\s*$`);
/** Exchange and routing key are looked for in this much of the end: payloads are long. */
const END_MAX = 2_000;

/** @returns undefined for what is no entry as Kombu writes them. */
export function splitEntry(entry: string): Entry | undefined {
  const from = Math.max(0, entry.length - END_MAX);
  const found = end.exec(entry.slice(from));
  const [, exchange, routingKey] = found ?? [];
  if (!found || !exchange || !routingKey || !entry.startsWith('[')) return undefined;
  return {
    payload: entry.slice(1, from + found.index).trim(),
    exchange: read(exchange),
    routingKey: read(routingKey),
  };
}

function read(json: string): string {
  return (JSON.parse(json) as string | null) ?? '';
}

/** How often a message was delivered to a worker that was lost, by its headers. */
export function deliveriesOf(envelope: Extract<ParsedEnvelope, { ok: true }>): number {
  const { headers, properties } = envelope;
  const counted = headers[DELIVERIES_HEADER];
  if (typeof counted === 'number' && counted >= 0) return Math.trunc(counted);
  const info = properties.delivery_info;
  const isRedelivered =
    headers.redelivered === true || (isRecord(info) && info.redelivered === true);
  return isRedelivered ? 1 : 0;
}

/** The payload with one more delivery in its headers, marked as Kombu marks what it puts back. */
export function countDelivery(payload: string, deliveries: number): string {
  const counted = spliceHeaders(payload, { [DELIVERIES_HEADER]: deliveries });
  const at = counted.lastIndexOf(deliveryInfo);
  if (at < 0 || counted.startsWith(redelivered, at + deliveryInfo.length)) return counted;
  const from = at + deliveryInfo.length;
  const comma = counted[from] === '}' ? '' : ', ';
  return `${counted.slice(0, from)}${redelivered}${comma}${counted.slice(from)}`;
}

const deliveryInfo = '"delivery_info": {';
const redelivered = '"redelivered": true';

/** What is known of a dead letter, kept beside it. */
export interface DeadLetter {
  readonly reason: string;
  /** ISO time. */
  readonly at: string;
  /** The node that gave it up. */
  readonly worker: string;
}

/** The JSON that is kept beside a dead letter. */
export function deadInfo(letter: DeadLetter, payload: string | undefined): string {
  const envelope = payload === undefined ? undefined : parseEnvelope(payload);
  const { task = null, id = null } = envelope?.ok ? envelope.headers : {};
  const deliveries = envelope?.ok ? deliveriesOf(envelope) : 0;
  return JSON.stringify({ ...letter, deliveries, task, id });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
