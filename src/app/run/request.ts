import { summaryOf } from '../../errors.ts';
import {
  DELIVERIES_HEADER,
  type Delivery,
  encodeJson,
  headersOfObject,
  idText,
  objectBodyOf,
  parseWireTime,
  pythonRepr,
  type Reading,
  type Sender,
  senderIn,
} from '../../protocol/index.ts';
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
export interface Malformed extends Sender {
  /** What there is of the message; undefined if its transport could not read even that. */
  readonly delivery?: Delivery;
  readonly tag: string;
  readonly queue: string;
  readonly reason: string;
}

export { UNKNOWN_SINCE_HEADER } from '../../protocol/index.ts';

/**
 * Reads the headers of a delivery; of a message of protocol 1 they are made from its body, which is read for that.
 * Never throws: what cannot be run is told as such.
 * @param reading - what may be read of it.
 */
export function parseRequest(delivery: Delivery, reading?: Reading): Request | Malformed {
  if (!mayBeObject(delivery)) return readHeaders(delivery);
  try {
    return readHeaders(withHeadersOfBody(delivery, reading));
  } catch (error) {
    return malformed(delivery, summaryOf(error));
  }
}

/** Whether the headers may not be all there is to know: there are none of a task, or the body seems an object. */
function mayBeObject({ headers, body, bodyEncoding, contentType }: Delivery): boolean {
  if (headers['task'] === undefined || headers['task'] === null) return true;
  if (contentType !== 'application/json') return false; // a signed one is an object that holds the body
  if (bodyEncoding === 'utf-8') return body.startsWith('{');
  // base64 of a brace and whatever follows; a list, which nearly all bodies are, begins with a W
  return body.charCodeAt(0) === 101 && /^e[w-z0-9+/]/.test(body) && !headers['compression'];
}

/** @throws MessageInvalidError, EncodeError */
function withHeadersOfBody(delivery: Delivery, reading: Reading | undefined): Delivery {
  const body = objectBodyOf(delivery, reading);
  if (!body) return delivery;
  const headers = headersOfObject(body, delivery.headers);
  return { ...delivery, headers, headersText: encodeJson(headers, { path: 'headers' }) };
}

function malformed(delivery: Delivery, reason: string): Malformed {
  const { tag, queue, headers, properties } = delivery;
  return { tag, queue, delivery, ...senderIn(headers, properties), reason };
}

function readHeaders(delivery: Delivery): Request | Malformed {
  const { headers, tag, queue } = delivery;
  const { task } = headers;
  const id = idText(headers['id']);
  if (task === undefined || task === null) {
    return malformed(delivery, "no 'task' header, and its body is no task of protocol 1");
  }
  if (typeof task !== 'string' || !idText(task)) {
    return malformed(delivery, `header 'task' must be a name, got ${describe(task)}`);
  }
  if (id === undefined) {
    return malformed(delivery, `header 'id' must be text, got ${describe(headers['id'])}`);
  }
  if (!isTimelimit(headers['timelimit'])) {
    const seen = describe(headers['timelimit']);
    return malformed(delivery, `header 'timelimit' must be two numbers or nulls, got ${seen}`);
  }
  if (!isCompressionText(headers['compression'])) {
    const seen = describe(headers['compression']);
    return malformed(delivery, `header 'compression' must be text, got ${seen}`);
  }
  const etaMs = readTime(headers['eta']);
  const expiresMs = readTime(headers['expires']);
  if (Number.isNaN(etaMs))
    return malformed(delivery, `header 'eta' is not a time: ${describe(headers['eta'])}`);
  if (Number.isNaN(expiresMs)) {
    return malformed(delivery, `header 'expires' is not a time: ${describe(headers['expires'])}`);
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

/** Hard and soft, in seconds; Python's worker ends with anything else. */
function isTimelimit(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) && value.length === 2 && isLimit(value[0]) && isLimit(value[1]);
}

/** What is nothing to Python means no compression there; of anything else it says that it knows no such one. */
function isCompressionText(value: unknown): boolean {
  if (value === undefined || value === null || typeof value === 'string') return true;
  return !value || (typeof value === 'object' && Object.keys(value).length === 0);
}

function isLimit(value: unknown): boolean {
  return value === null || typeof value === 'number';
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
  return value === undefined ? 'nothing' : pythonRepr(value, 100);
}
