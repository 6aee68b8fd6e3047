import { createHash } from 'node:crypto';
import {
  BURIALS_HEADER,
  DELIVERIES_HEADER,
  objectBodyOf,
  type ParsedEnvelope,
  parseEnvelope,
  senderIn,
  spliceHeaders,
  UNKNOWN_SINCE_HEADER,
} from '../protocol/index.ts';
import type { Burial, DeadLetter, DeadLetterChoice, DeadLetterInfo } from './dead-letters.ts';

/** So many earlier burials travel with a message, and of their reasons and names so much. */
const EARLIER_MAX = 10;
const EARLIER_TEXT_MAX = 200;
const NOTE_TEXT_MAX = 2_000;
/** Larger bodies are not read for the sake of a name. */
const BODY_MAX = 1_000_000;

/** What a worker says of a message that it gives up. */
export interface Verdict {
  readonly reason: string;
  /** ISO time. */
  readonly at: string;
  /** The node that gives it up. */
  readonly worker: string;
}

/** The JSON that is kept beside a dead letter. @param payload - undefined: it is no message. */
export function burialNote(verdict: Verdict, payload: string | undefined): string {
  const envelope = payload === undefined ? undefined : parseEnvelope(payload);
  const { task, id } = envelope ? namesIn(envelope) : {};
  const earlier = burialsIn(envelope?.ok ? envelope.headers[BURIALS_HEADER] : undefined);
  return JSON.stringify({
    ...{ ...verdict, reason: cut(verdict.reason, NOTE_TEXT_MAX) },
    deliveries: envelope?.ok ? deliveriesOf(envelope) : 0,
    ...{ task: shortened(task), id: shortened(id) },
    ...(earlier.length > 0 ? { earlier } : {}),
  });
}

/** The task and the id, as far as they can be read: of a message of protocol 1 they are in its body. */
function namesIn(envelope: ParsedEnvelope): Fields {
  if (!envelope.ok) return { id: envelope.id };
  const { headers, properties } = envelope;
  const told = senderIn(headers, properties);
  if (!isNothing(headers['task'])) return { task: headers['task'], id: headers['id'] ?? told.id };
  const { task, id } = oldBodyOf(envelope);
  return { task, id: headers['id'] ?? id ?? told.id };
}

function oldBodyOf(envelope: Extract<ParsedEnvelope, { ok: true }>): Fields {
  try {
    return objectBodyOf(envelope, { maxBytes: BODY_MAX }) ?? {};
  } catch {
    return {}; // why is in the reason
  }
}

/** One line for all entries of a queue that were given up at once, with why; what it says is escaped where it is written. */
export function burialNotices(
  buried: readonly { readonly queue: string; readonly reason: string }[],
): readonly string[] {
  const reasons = new Map<string, string[]>();
  for (const { queue, reason } of buried) {
    const known = reasons.get(queue);
    if (known) known.push(reason);
    else reasons.set(queue, [reason]);
  }
  return [...reasons].map(([queue, [first = '', ...others]]) => {
    const what = others.length > 0 ? `${others.length + 1} entries` : 'an entry';
    const whose = others.every((reason) => reason === first) ? '' : 'of the first: ';
    const name = cut(queue, EARLIER_TEXT_MAX);
    return `moved ${what} to dead letters of queue '${name}': ${whose}${cut(first, NOTE_TEXT_MAX)}`;
  });
}

/** What such JSON says; of one that was lost, or is another's, as much as there is. */
export function readNote(note: string): Omit<DeadLetterInfo, 'id' | 'queue' | 'size'> {
  const fields = fieldsOf(note);
  return {
    ...burialOf(fields),
    task: textOrNull(fields['task']),
    taskId: textOrNull(fields['id']),
    earlier: burialsIn(fields['earlier']),
  };
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

/** A message that is put back. */
export interface RedrivenMessage {
  readonly payload: string;
  readonly priority: unknown;
}

/**
 * A dead letter as it goes back into a queue: with a clean slate, and what it has been through in a header. All else
 * stays as it is, to the byte.
 * @param payload - as text, or with a character for each byte.
 * @returns undefined for what is no message.
 */
export function redrivenMessage(payload: string, letter: Burial & Pick<DeadLetterInfo, 'earlier'>) {
  const envelope = parseEnvelope(payload);
  if (!envelope.ok) return undefined;
  const { headers, properties } = envelope;
  const { priority } = properties;
  const burials = [...letter.earlier, letter].slice(-EARLIER_MAX).map(headerForm);
  const isUnknown = typeof headers[UNKNOWN_SINCE_HEADER] === 'number';
  const changed = {
    ...(deliveriesOf(envelope) > 0 ? { [DELIVERIES_HEADER]: 0 } : {}),
    ...(isUnknown ? { [UNKNOWN_SINCE_HEADER]: null } : {}),
    [BURIALS_HEADER]: burials,
  };
  return { payload: spliceHeaders(payload, changed), priority };
}

/** The id of a dead letter. */
export function idOf(payload: Buffer): string {
  return createHash('sha1').update(payload).digest('hex');
}

/** A dead letter that is kept as text. @param note - the JSON beside it */
export function letterOf(queue: string, text: string, note: string): DeadLetter {
  const payload = Buffer.from(text);
  return { id: idOf(payload), queue, size: payload.length, ...readNote(note), payload };
}

/** Tells which letters are meant. */
export function chooserOf({
  ids,
  before,
}: DeadLetterChoice): (letter: Pick<DeadLetterInfo, 'id' | 'at'>) => boolean {
  const wanted = ids && new Set(ids);
  return ({ id, at }) => (!wanted || wanted.has(id)) && (!before || (at !== null && at < before));
}

function headerForm({ reason, at, worker, deliveries }: Burial) {
  const texts = { reason: cut(reason, EARLIER_TEXT_MAX), worker: cut(worker, EARLIER_TEXT_MAX) };
  return { ...texts, at: at?.toISOString() ?? null, deliveries };
}

function burialsIn(value: unknown): readonly Burial[] {
  if (!Array.isArray(value)) return [];
  return value.slice(-EARLIER_MAX).map((each) => burialOf(isRecord(each) ? each : {}));
}

function burialOf({ reason, at, worker, node, deliveries }: Fields): Burial {
  const date = new Date(typeof at === 'string' ? at : Number.NaN);
  return {
    reason: textOrNull(reason) ?? 'nobody wrote it down',
    at: Number.isNaN(date.getTime()) ? null : date,
    worker: textOrNull(worker) ?? textOrNull(node) ?? '', // `node` was its name in earlier files
    deliveries: typeof deliveries === 'number' ? deliveries : 0,
  };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(note: string): Fields {
  try {
    const value: unknown = JSON.parse(note);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string') return cut(value, NOTE_TEXT_MAX);
  return typeof value === 'number' ? value : null;
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function textOrNull(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : null;
}

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
