import type { App } from '../app/index.ts';
import {
  encodeEnvelope,
  type OutgoingMessage,
  parseEnvelope,
  parseWireTime,
} from '../protocol/index.ts';

import { readCall } from './read-call.ts';

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
  readonly #app: Pick<App, 'security'>;

  constructor(app: Pick<App, 'security'>) {
    this.#app = app;
  }

  get all(): readonly SentTask[] {
    return this.#all;
  }

  find(id: string): SentTask | undefined {
    return this.#all.find((each) => each.id === id);
  }

  note(messages: readonly OutgoingMessage[]): void {
    for (const message of messages) {
      if (message.headers.retries === 0) this.#all.push(readSent(message, this.#app));
    }
  }
}

function readSent(message: OutgoingMessage, { security }: Pick<App, 'security'>): SentTask {
  const { queue, route, headers, properties } = message;
  // by way of the wire, so that tests see what a worker will
  const envelope = parseEnvelope(encodeEnvelope(message, ''));
  const { args, kwargs } = envelope.ok
    ? readCall(envelope, security?.accepted ?? [])
    : { args: [], kwargs: {} };
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
    headers: envelope.ok ? envelope.headers : headers,
  };
}

function dateOf(value: unknown): Date | null {
  const ms = parseWireTime(value);
  return ms === undefined ? null : new Date(ms);
}
