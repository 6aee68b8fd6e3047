import { type Span, scanObject } from './json-scan.ts';

/** Who is to be told of what a message comes to, where it can be read. */
export interface Sender {
  /** The id of its task. */
  readonly id: string | undefined;
  /** Names the program that may wait for the result. */
  readonly replyTo: string | undefined;
}

/** Longer ids are not taken for what they say they are: they would be in every key and every line of the log. */
export const ID_MAX = 10_000;

type Fields = Readonly<Record<string, unknown>>;

/** Whose message it is: the header `id`, and where that is missing or no text, what Celery makes the same. */
export function senderIn(headers: Fields, properties: Fields): Sender {
  return {
    id: idText(headers['id']) ?? idText(properties['correlation_id']),
    replyTo: idText(properties['reply_to']),
  };
}

/** A text that can be an id. @returns undefined for anything else */
export function idText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= ID_MAX ? value : undefined;
}

/** The same of an envelope that cannot be decoded as a whole, whatever the text. */
export function senderOf(payload: string): Sender {
  const parts = membersOf(payload, { start: 0, end: payload.length });
  const headers = membersOf(payload, parts?.get('headers'));
  const properties = membersOf(payload, parts?.get('properties'));
  const text = (span: Span | undefined) => textAt(payload, span);
  return senderIn(
    { id: text(headers?.get('id')) },
    {
      correlation_id: text(properties?.get('correlation_id')),
      reply_to: text(properties?.get('reply_to')),
    },
  );
}

function membersOf(payload: string, span: Span | undefined): ReadonlyMap<string, Span> | undefined {
  try {
    return span && scanObject(payload, span.start).members;
  } catch {
    return undefined; // no object, or a broken one
  }
}

function textAt(payload: string, span: Span | undefined): unknown {
  // each character of an id takes six at most
  if (!span || span.end - span.start > 6 * ID_MAX + 2) return undefined;
  try {
    return JSON.parse(payload.slice(span.start, span.end));
  } catch {
    return undefined;
  }
}
