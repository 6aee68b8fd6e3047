import { randomUUID } from 'node:crypto';
import { messageQueries, type Session } from '../../drivers/sqlite/index.ts';
import { encodeEnvelope, type OutgoingMessage } from '../../protocol/index.ts';

/** A message as the table has it. */
export interface MessageRow {
  readonly queue: string;
  readonly step: number;
  /** The envelope's text. */
  readonly payload: string;
}

/** The priority steps in the order in which they are served: 0 first, as with Celery on Redis. */
export const STEPS: readonly number[] = [0, 3, 6, 9];

/** The largest step that is not above the priority. */
export function stepOf(priority: unknown): number {
  const value = typeof priority === 'number' ? priority : 0;
  return STEPS.findLast((step) => step <= value) ?? 0;
}

/** @throws EncodeError */
export function encodeRow(message: OutgoingMessage): MessageRow {
  return {
    queue: message.queue,
    step: stepOf(message.properties.priority),
    payload: encodeEnvelope(message, randomUUID()),
  };
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
