import { DELIVERIES_HEADER, spliceHeaders } from '../../protocol/index.ts';

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
  const names = [read(exchange), read(routingKey)] as const;
  if (names[0] === undefined || names[1] === undefined) return undefined;
  return {
    payload: entry.slice(1, from + found.index).trim(),
    exchange: names[0],
    routingKey: names[1],
  };
}

/** @returns undefined for what only looks like JSON */
function read(json: string): string | undefined {
  try {
    return (JSON.parse(json) as string | null) ?? '';
  } catch {
    return undefined;
  }
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
