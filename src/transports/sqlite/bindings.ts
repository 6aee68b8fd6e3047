import { bindingQueries, messageQueries, type Session } from '../../drivers/sqlite/index.ts';
import { MessageUnroutableError } from '../../errors.ts';
import type { QueueSpec, Route } from '../../protocol/index.ts';
import { type Binding, BROADCAST_PREFIX, bindingsOf, queuesFor } from '../exchanges.ts';
import type { OwnQueue } from '../own-queues.ts';
import { isRouted, type MessageRow, type PreparedMessage, type RoutedRow } from './rows.ts';

const hex = (digits: number): string => '[0-9a-f]'.repeat(digits);

/** The names of consumers' own queues, all that begin so (`/` follows `.`) and what else they are like. */
const ownNames: [from: string, to: string, glob: string] = [
  BROADCAST_PREFIX,
  `${BROADCAST_PREFIX.slice(0, -1)}/`,
  `${BROADCAST_PREFIX}${hex(8)}-${hex(4)}-4${hex(3)}-[89ab]${hex(3)}-${hex(12)}`,
];

/** Binds a consumer's own queues for as long as its lease lives. Part of a transaction. */
export function bindOwn(session: Session, own: readonly OwnQueue[], lease: number): void {
  for (const { bindings } of own) insertBindings(session, bindings, lease);
}

/** Removes a consumer's own queues with all that is in them. Part of a transaction. */
export function dropOwn(session: Session, lease: number): void {
  session.run(bindingQueries.deleteBindings, [lease]);
  deleteUnbound(session, [lease]);
}

/** Whether there is something of consumers that are gone. */
export function hasLost(session: Session, nowMs: number): boolean {
  return session.all(bindingQueries.hasLost, [Math.trunc(nowMs), ...ownNames]).length > 0;
}

/** Removes the queues of consumers that are gone. @param holder - whose claims nobody holds any more. */
export function dropLost(session: Session, nowMs: number, holder: number | undefined): void {
  session.run(bindingQueries.deleteLostBindings, [Math.trunc(nowMs)]);
  deleteUnbound(session, holder === undefined ? [] : [holder]);
}

function deleteUnbound(session: Session, holders: readonly number[]): void {
  for (const holder of [messageQueries.WAITING, messageQueries.PARKED, ...holders]) {
    session.run(bindingQueries.deleteUnbound, [holder, ...ownNames]);
  }
}

/** Binds queues for good. Part of a transaction. */
export function bindQueues(session: Session, specs: readonly QueueSpec[]): void {
  // a broadcast queue is its consumer's
  const bound = specs.filter((spec) => !spec.isBroadcast).flatMap((spec) => bindingsOf(spec));
  insertBindings(session, bound, 0);
}

/** For as long as a lease lives; for good if it is 0. */
function insertBindings(session: Session, bindings: readonly Binding[], lease: number): void {
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
  // before any is looked up: bindings of one are there for all
  for (const message of messages) if (isRouted(message)) bindQueues(session, message.route.declare);
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
