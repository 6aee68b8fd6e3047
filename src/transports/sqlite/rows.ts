import { randomUUID } from 'node:crypto';
import { messageQueries, type Session } from '../../drivers/sqlite/index.ts';
import { encodeEnvelope, type OutgoingMessage, type Route } from '../../protocol/index.ts';
import { stepFor } from '../layout-options.ts';

/** A message as the table has it. */
export interface MessageRow {
  readonly queue: string;
  readonly step: number;
  /** The envelope's text. */
  readonly payload: string;
}

/** A message whose queues are found when it is stored. */
export interface RoutedRow extends Omit<MessageRow, 'queue'> {
  readonly route: Route;
}

/** A message with its envelope written, so that nothing can fail for its sake while the file is locked. */
export type PreparedMessage = MessageRow | RoutedRow;

/** Whether its queues are still to be found. */
export function isRouted(message: PreparedMessage): message is RoutedRow {
  return 'route' in message;
}

/** @param steps - the priorities that are kept apart. @throws EncodeError */
export function encodeRow(message: OutgoingMessage, steps: readonly number[]): PreparedMessage {
  const { queue, route, properties } = message;
  const step = stepFor(steps, properties.priority);
  const payload = encodeEnvelope(message, randomUUID());
  return route ? { route, step, payload } : { queue, step, payload };
}

/** Puts messages at the tails of their queues, in order. Part of a transaction. */
export function insertRows(session: Session, rows: readonly MessageRow[]): void {
  const { INSERT_ROWS, insertMessage, insertMessages } = messageQueries;
  const whole = rows.length - (rows.length % INSERT_ROWS);
  for (let start = 0; start < whole; start += INSERT_ROWS) {
    const chunk = rows.slice(start, start + INSERT_ROWS);
    session.run(insertMessages, chunk.flatMap(paramsOf));
  }
  for (const row of rows.slice(whole)) session.run(insertMessage, paramsOf(row));
}

function paramsOf({ queue, step, payload }: MessageRow): [string, number, string] {
  return [queue, step, payload];
}
