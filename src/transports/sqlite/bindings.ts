import { bindingQueries, type Session } from '../../drivers/sqlite/index.ts';
import { MessageUnroutableError } from '../../errors.ts';
import type { QueueSpec, Route } from '../../protocol/index.ts';
import { type Binding, bindingsOf, queuesFor } from '../exchanges.ts';
import { isRouted, type MessageRow, type PreparedMessage, type RoutedRow } from './rows.ts';

/** Binds queues for good. Part of a transaction. */
export function bindQueues(session: Session, specs: readonly QueueSpec[]): void {
  // a broadcast queue is its consumer's
  const bound = specs.filter((spec) => !spec.isBroadcast).flatMap((spec) => bindingsOf(spec));
  insertBindings(session, bound, 0);
}

/** Binds queues, for as long as a lease lives; for good if it is 0. Part of a transaction. */
export function insertBindings(
  session: Session,
  bindings: readonly Binding[],
  lease: number,
): void {
  for (const { exchange, routingKey, pattern, queue } of bindings) {
    session.run(bindingQueries.insertBinding, [exchange, routingKey, pattern, queue, lease]);
  }
}

/**
 * Finds the queues of what goes through exchanges, each message in its place. Part of a transaction.
 * @throws MessageUnroutableError
 */
export function placeRows(
  session: Session,
  messages: readonly PreparedMessage[],
): readonly MessageRow[] {
  if (!messages.some(isRouted)) return messages as readonly MessageRow[];
  const router = new Router(session);
  return messages.flatMap((message) => (isRouted(message) ? router.place(message) : message));
}

/** Looks up each exchange once. */
class Router {
  readonly #session: Session;
  readonly #bindings = new Map<string, readonly Omit<Binding, 'exchange'>[]>();

  constructor(session: Session) {
    this.#session = session;
  }

  place({ route, step, payload }: RoutedRow): MessageRow[] {
    bindQueues(this.#session, route.declare);
    return this.#queues(route).map((queue) => ({ queue, step, payload }));
  }

  #queues({ exchange, routingKey }: Route): readonly string[] {
    // the default exchange has a queue for each routing key
    if (exchange.name === '') return [routingKey];
    const queues = queuesFor(exchange.type, this.#bindingsOf(exchange.name), routingKey);
    if (queues.length === 0 && exchange.type !== 'fanout') {
      throw new MessageUnroutableError(exchange.name, routingKey);
    }
    return queues;
  }

  #bindingsOf(exchange: string): readonly Omit<Binding, 'exchange'>[] {
    const known = this.#bindings.get(exchange);
    if (known) return known;
    const rows = this.#session.all(bindingQueries.findBindings, [exchange]);
    const found = rows.map(([routingKey, pattern, queue]) => ({ routingKey, pattern, queue }));
    this.#bindings.set(exchange, found);
    return found;
  }
}
