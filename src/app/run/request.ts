import { DELIVERIES_HEADER, type Delivery, parseWireTime } from '../../protocol/index.ts';
import { type Millis, nonEmptyText } from '../../util/index.ts';

/** A delivery whose headers have been read and found to make sense. */
export interface Request {
  readonly delivery: Delivery;
  readonly tag: string;
  readonly queue: string;
  readonly task: string;
  readonly id: string;
  readonly rootId: string;
  readonly parentId: string | null;
  readonly groupId: string | null;
  readonly retries: number;
  /** Epoch milliseconds; undefined: at once. */
  readonly etaMs: Millis | undefined;
  readonly expiresMs: Millis | undefined;
  /** What the sender said; undefined: the task's own option decides. */
  readonly ignoreResult: boolean | undefined;
  readonly priority: number | undefined;
  /** Who sent it and may wait for its result. */
  readonly replyTo: string | undefined;
  /** Deliveries that ended in a lost worker. */
  readonly deliveries: number;
}

/** Headers that cannot be run. The id is there if it could be read, so that whoever waits can be told. */
export interface Malformed {
  readonly tag: string;
  readonly queue: string;
  readonly id: string | undefined;
  readonly reason: string;
}

export { UNKNOWN_SINCE_HEADER } from '../../protocol/index.ts';

/** Reads the headers of a delivery. Never throws: what cannot be run is told as such. */
export function parseRequest(delivery: Delivery): Request | Malformed {
  const { headers, tag, queue } = delivery;
  const id = typeof headers['id'] === 'string' && headers['id'] !== '' ? headers['id'] : undefined;
  const malformed = (reason: string): Malformed => ({ tag, queue, id, reason });

  const task = headers['task'];
  if (task === undefined || task === null) {
    return malformed("no 'task' header: not a task message of protocol 2");
  }
  if (typeof task !== 'string' || task === '') {
    return malformed(`header 'task' must be a name, got ${describe(task)}`);
  }
  if (id === undefined)
    return malformed(`header 'id' must be text, got ${describe(headers['id'])}`);

  const etaMs = readTime(headers['eta']);
  const expiresMs = readTime(headers['expires']);
  if (Number.isNaN(etaMs))
    return malformed(`header 'eta' is not a time: ${describe(headers['eta'])}`);
  if (Number.isNaN(expiresMs)) {
    return malformed(`header 'expires' is not a time: ${describe(headers['expires'])}`);
  }
  return {
    delivery,
    tag,
    queue,
    task,
    id,
    rootId: nonEmptyText(headers['root_id']) ?? id,
    parentId: nonEmptyText(headers['parent_id']) ?? null,
    groupId: nonEmptyText(headers['group']) ?? null,
    retries: readCount(headers['retries']),
    etaMs,
    expiresMs,
    ignoreResult:
      typeof headers['ignore_result'] === 'boolean' ? headers['ignore_result'] : undefined,
    priority: readPriority(delivery.properties['priority']),
    replyTo: nonEmptyText(delivery.properties['reply_to']),
    deliveries: readCount(headers[DELIVERIES_HEADER]),
  };
}

export function isMalformed(read: Request | Malformed): read is Malformed {
  return 'reason' in read;
}

/** @returns undefined if there is none, NaN if it is not a time. */
function readTime(value: unknown): Millis | undefined {
  if (value === undefined || value === null) return undefined;
  return parseWireTime(value) ?? Number.NaN;
}

function readCount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}

function readPriority(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? `'${value}'` : String(JSON.stringify(value));
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
