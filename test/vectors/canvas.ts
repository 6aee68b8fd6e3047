/** A task message as the captures have it, and what a plan comes to: in one form, so that they can be compared. */
export interface MessageShape {
  readonly task: string;
  readonly id: string;
  readonly root_id: string;
  readonly parent_id: string | null;
  readonly group: string | null;
  readonly group_index: number | null;
  readonly reply_to: string;
  readonly body: unknown;
}

/** One entry of a captured Redis list. */
export interface CapturedEntry {
  readonly headers: CapturedHeaders;
  readonly properties: { readonly reply_to: string; readonly priority: number };
  readonly body: string;
}

/** Headers that a capture has among others. */
export interface CapturedHeaders extends Omit<MessageShape, 'reply_to' | 'body'> {
  readonly [name: string]: unknown;
}

/** The shape of a captured message. @param body - JSON text. */
export function shapeOf({ headers, properties }: Omit<CapturedEntry, 'body'>, body: string): MessageShape {
  const { task, id, root_id, parent_id, group, group_index } = headers;
  const { reply_to } = properties;
  return { task, id, root_id, parent_id, group, group_index, reply_to, body: JSON.parse(body) };
}

/** The same with every id that was made up replaced by `#1`, `#2`, … in the order of their appearance. */
export function renamed(value: unknown): unknown {
  const names = new Map<string, string>();
  const walk = (each: unknown): unknown => {
    if (typeof each === 'string') return isMadeUp(each) ? named(each) : each;
    if (Array.isArray(each)) return each.map(walk);
    if (typeof each !== 'object' || each === null) return each;
    const sorted = Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([key, item]) => [key, walk(item)]));
  };
  const named = (id: string): string => {
    const known = names.get(id) ?? `#${names.size + 1}`;
    names.set(id, known);
    return known;
  };
  return walk(value);
}

function isMadeUp(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);
}
