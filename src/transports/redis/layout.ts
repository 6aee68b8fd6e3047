/** The layout that Kombu gives to its queues in a Redis, shared with Python, and what we keep beside it. */

/** Claims: hash of tag -> JSON `[payload, exchange, routing key]`. One for all queues of a database. */
export const UNACKED = 'unacked';
/** The same tags by the time of their claim or its renewal: zset in epoch seconds. */
export const UNACKED_INDEX = 'unacked_index';
/** Ours: the workers that hold claims, zset of tag prefix -> epoch seconds until which they count as alive. */
export const LEASES = 'celeriac.leases';
/** Ours: claims laid aside, zset of `<tag> <list key>` -> epoch seconds when they are due. */
export const PARKED = 'celeriac.parked';

/** Ours: the workers that wait for a message of a queue, list of tag prefixes; whoever publishes takes the first. */
export function idleKey(queue: string): string {
  return `celeriac.idle.${queue}`;
}

/**
 * Ours: what a waiting worker would take, `<number of the first tag> <count> <lease in seconds>`, and the
 * channel that it is handed over on. Whoever deletes it may claim in the worker's name.
 */
export function readyKey(prefix: string): string {
  return `celeriac.ready.${prefix}`;
}

/**
 * Begins the tags of laid aside claims, `parked.<tag>@<epoch seconds when due>`: no worker holds them, so
 * they do not go with one that dies.
 */
export const PARKED_PREFIX = 'parked.';

/** When a laid aside claim is due, in epoch seconds, by its tag; undefined for another claim's. */
export function dueOf(tag: string): number | undefined {
  return tag.startsWith(PARKED_PREFIX) ? Number(tag.slice(tag.lastIndexOf('@') + 1)) : undefined;
}

/** Between the parts of names and rows. */
export const BINDING_SEPARATOR = '\x06\x16';
const steps = [0, 3, 6, 9] as const;

/** How many lists a queue has. */
export const LISTS_PER_QUEUE: number = steps.length;

/** The lists of queues in the order to take from them: low steps first, of all queues. */
export function listKeys(queues: readonly string[]): string[] {
  return steps.flatMap((step) => queues.map((queue) => listKey(queue, step)));
}

/** The list that a message goes to: that of the largest step up to its priority. */
export function listKeyFor(queue: string, priority: unknown): string {
  const wanted = typeof priority === 'number' ? priority : 0;
  return listKey(queue, steps.findLast((step) => step <= wanted) ?? 0);
}

/** The queue that a list is a part of. */
export function queueOf(list: string): string {
  const end = list.indexOf(BINDING_SEPARATOR);
  return end < 0 ? list : list.slice(0, end);
}

/** What stands between the payload and the end in an entry of `unacked`, for the default exchange. */
export function entryTail(queue: string): string {
  return `, "", ${JSON.stringify(queue)}]`;
}

/** Where a queue's dead letters are: a list of payloads, and a hash of their SHA-1 -> what is known. */
export function deadKeys(queue: string): [list: string, info: string] {
  return [`${queue}.dead`, `${queue}.dead.info`];
}

/** The set of the queues that Kombu delivers an exchange's messages to. */
export function bindingKey(exchange: string): string {
  return `_kombu.binding.${exchange}`;
}

/** The row by which Kombu finds a queue in the exchange of the same name. */
export function bindingRow(queue: string): [key: string, member: string] {
  return [bindingKey(queue), [queue, '', queue].join(BINDING_SEPARATOR)];
}

function listKey(queue: string, step: number): string {
  return step === 0 ? queue : `${queue}${BINDING_SEPARATOR}${step}`;
}
