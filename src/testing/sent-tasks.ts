import type { App } from '../app/index.ts';
import {
  encodeEnvelope,
  type OutgoingMessage,
  parseEnvelope,
  parseWireTime,
} from '../protocol/index.ts';

import { readBody } from './read-call.ts';

/** A task that was sent, as a worker would read it. */
export interface SentTask<Args extends readonly unknown[] = readonly unknown[]> {
  readonly task: string;
  readonly id: string;
  /** The positional arguments, as they come out of the message: a `Date` is a `Date`, `undefined` is `null`. */
  readonly args: Args;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly queue: string;
  readonly priority: number;
  /** Not to start before; a countdown has become an instant by then. */
  readonly eta: Date | null;
  readonly expires: Date | null;
  /** The task that sent it; null if a program did. */
  readonly parentId: string | null;
  readonly rootId: string;
  /** The exchange that it was sent through; null if straight into its queue. */
  readonly exchange: string | null;
  readonly routingKey: string | null;
  /** Every header of the message. */
  readonly headers: Readonly<Record<string, unknown>>;
}

/** What was sent through a test kit, in its order. Further tries of a task are no sending of it. */
export class SentTasks {
  readonly #all: SentTask[] = [];
  /** By their ids. */
  readonly #travelling = new Map<string, TravellingTask>();
  readonly #app: Pick<App, 'security'>;

  constructor(app: Pick<App, 'security'>) {
    this.#app = app;
  }

  get all(): readonly SentTask[] {
    return this.#all;
  }

  /** What is to follow what was sent: later steps, bodies of chords. Some of it may have been sent since. */
  get travelling(): readonly TravellingTask[] {
    return [...this.#travelling.values()];
  }

  find(id: string): SentTask | undefined {
    return this.#all.find((each) => each.id === id);
  }

  note(messages: readonly OutgoingMessage[]): void {
    for (const message of messages) {
      if (message.headers.retries > 0) continue;
      // by way of the wire, so that tests see what a worker will
      const envelope = parseEnvelope(encodeEnvelope(message, ''));
      const own = this.#app.security?.accepted ?? [];
      const body = envelope.ok ? readBody(envelope, own) : undefined;
      this.#all.push(sentOf(message, envelope.ok ? envelope.headers : message.headers, body));
      this.#noteTravelling(body?.embed);
    }
  }

  /** Whatever looks like a signature with an id, in lists and in other signatures. */
  #noteTravelling(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    if ('task' in value && 'options' in value && isObject(value.options)) {
      const { task_id: id } = value.options;
      if (typeof id === 'string') this.#travelling.set(id, { id, task: String(value.task) });
    }
    for (const inner of Object.values(value)) this.#noteTravelling(inner);
  }
}

/** A task that a message is to be followed by. */
export type TravellingTask = Pick<SentTask, 'id' | 'task'>;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function sentOf(
  { queue, route, headers, properties }: OutgoingMessage,
  all: SentTask['headers'],
  { args, kwargs }: Pick<SentTask, 'args' | 'kwargs'> = { args: [], kwargs: {} },
): SentTask {
  return {
    task: headers.task,
    id: headers.id,
    args,
    kwargs,
    queue,
    priority: properties.priority,
    eta: dateOf(headers.eta),
    expires: dateOf(headers.expires),
    parentId: headers.parent_id,
    rootId: headers.root_id,
    exchange: route?.exchange.name ?? null,
    routingKey: route?.routingKey ?? null,
    headers: all,
  };
}

function dateOf(value: unknown): Date | null {
  const ms = parseWireTime(value);
  return ms === undefined ? null : new Date(ms);
}
