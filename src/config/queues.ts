import type { ExchangeType } from '../protocol/index.ts';
import { nearest, redactText } from '../util/index.ts';
import { custom, isRecord, type Parsed, type Setting, shown } from './kinds.ts';
import { camelCased } from './spellings.ts';

/** A queue of `taskQueues`, and how messages come into it. */
export interface QueueOptions {
  /** What `-Q` and routes call it. */
  readonly name: string;
  /** Default: the default exchange. */
  readonly exchange?: string | undefined;
  /** How the exchange chooses; default 'direct'. */
  readonly exchangeType?: ExchangeType | undefined;
  /** Default: the queue's name. */
  readonly routingKey?: string | undefined;
  /** Several ways into the queue, in place of `exchange` and `routingKey`. */
  readonly bindings?: readonly QueueBinding[] | undefined;
  /** Every worker gets each message: Kombu's `Broadcast`. */
  readonly broadcast?: boolean | undefined;
}

/** One way into a queue. */
export interface QueueBinding {
  readonly exchange: string;
  /** Default 'direct'. */
  readonly exchangeType?: ExchangeType | undefined;
  readonly routingKey: string;
}

/** What `taskQueues` takes: a list, or an object by the queues' names. */
export type TaskQueues =
  | readonly QueueOptions[]
  | Readonly<Record<string, Omit<QueueOptions, 'name'>>>;

/** Queues, normalised to a list of options in our spelling; null for none. */
export function queues(help: string): Setting<TaskQueues | null> {
  return custom({
    default: null,
    help,
    expects: "a list such as [{ name: 'feeds' }], an object by the queues' names, or null",
    parse: parseQueues,
  });
}

const fields = ['name', 'exchange', 'exchangeType', 'routingKey', 'bindings', 'broadcast'];
const bindingFields = ['exchange', 'exchangeType', 'routingKey'];
const types: readonly unknown[] = ['direct', 'topic', 'fanout'];

function parseQueues(value: unknown): Parsed<TaskQueues | null> {
  if (value === null) return { ok: true, value };
  const given: readonly unknown[] | undefined = Array.isArray(value)
    ? value
    : isRecord(value)
      ? Object.entries(value).map(([name, queue]) => (isRecord(queue) ? { ...queue, name } : queue))
      : undefined;
  if (!given) return { ok: false };
  const list: QueueOptions[] = [];
  for (const each of given) {
    if (!isRecord(each)) return { ok: false };
    const queue = inOurSpelling(each);
    const problem = queueProblem(queue, list);
    if (problem !== undefined) return { ok: false, problem };
    list.push(queue as unknown as QueueOptions);
  }
  return { ok: true, value: list };
}

function inOurSpelling(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(
    known.map(([name, value]) => [
      camelCased(name),
      name === 'bindings' && Array.isArray(value)
        ? value.map((each: unknown) => (isRecord(each) ? inOurSpelling(each) : each))
        : value,
    ]),
  );
}

/** The end of a sentence that begins with `'taskQueues'`. */
function queueProblem(
  queue: Readonly<Record<string, unknown>>,
  others: readonly QueueOptions[],
): string | undefined {
  const { name, bindings, broadcast } = queue;
  if (!isText(name) || redactText(name) !== name)
    return `needs the name of each queue, got ${shown(name)}`;
  if (others.some((other) => other.name === name)) return `has two queues named '${name}'`;
  if (broadcast !== undefined && typeof broadcast !== 'boolean') {
    return `has a queue '${name}' whose 'broadcast' must be true or false, got ${shown(broadcast)}`;
  }
  const wrong = strangeField(queue, fields) ?? wrongField(queue);
  if (wrong !== undefined) return `has a queue '${name}' ${wrong}`;
  if (bindings === undefined) return undefined;
  if (queue['exchange'] !== undefined || queue['routingKey'] !== undefined || broadcast) {
    return `has a queue '${name}' with 'bindings' beside what they take the place of; give either`;
  }
  if (!Array.isArray(bindings) || bindings.length === 0 || !bindings.every(isRecord)) {
    return `has a queue '${name}' whose 'bindings' must be a list of { exchange, routingKey }`;
  }
  for (const binding of bindings) {
    const { exchange, routingKey } = binding;
    const problem = strangeField(binding, bindingFields) ?? wrongField(binding);
    if (problem !== undefined) return `has a binding of queue '${name}' ${problem}`;
    if (exchange === undefined || routingKey === undefined) {
      return `has a binding of queue '${name}' without 'exchange' or 'routingKey'`;
    }
  }
  return undefined;
}

function strangeField(
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
): string | undefined {
  const strange = Object.keys(given).find((name) => !known.includes(name));
  if (strange === undefined) return undefined;
  const near = nearest(strange, known);
  const hint = near ? `did you mean '${near}'?` : `known are ${known.join(', ')}`;
  return `with an unknown '${strange}'; ${hint}`;
}

function wrongField(given: Readonly<Record<string, unknown>>): string | undefined {
  const { exchange, exchangeType, routingKey } = given;
  if (exchange !== undefined && !isText(exchange)) {
    return `whose 'exchange' must be a name, got ${shown(exchange)}`;
  }
  if (routingKey !== undefined && typeof routingKey !== 'string') {
    return `whose 'routingKey' must be a text, got ${shown(routingKey)}`;
  }
  if (exchangeType === undefined || types.includes(exchangeType)) return undefined;
  return `whose 'exchangeType' must be 'direct', 'topic' or 'fanout', got ${shown(exchangeType)}`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && /^\P{Cc}+$/u.test(value);
}
