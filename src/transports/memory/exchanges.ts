import { MessageUnroutableError } from '../../errors.ts';
import type { QueueSpec, Route } from '../../protocol/index.ts';
import { type Binding, bindingsOf, queuesFor } from '../exchanges.ts';

/** Which queues are bound to which exchanges. */
export class Exchanges {
  readonly #byExchange = new Map<string, Map<string, Binding>>();

  /** Binds queues for good; a broadcast queue is its consumer's to bind. */
  declare(specs: readonly QueueSpec[]): void {
    for (const spec of specs) {
      if (!spec.isBroadcast) this.bind(bindingsOf(spec));
    }
  }

  bind(bindings: readonly Binding[]): void {
    for (const binding of bindings) {
      const bound = this.#byExchange.get(binding.exchange) ?? new Map<string, Binding>();
      this.#byExchange.set(binding.exchange, bound);
      bound.set(nameOf(binding), binding);
    }
  }

  unbind(bindings: readonly Binding[]): void {
    for (const binding of bindings) {
      const bound = this.#byExchange.get(binding.exchange);
      bound?.delete(nameOf(binding));
      if (bound?.size === 0) this.#byExchange.delete(binding.exchange);
    }
  }

  /** All queues that are bound. */
  get queues(): readonly string[] {
    return [...this.#byExchange.values()].flatMap((bound) =>
      [...bound.values()].map(({ queue }) => queue),
    );
  }

  /**
   * The queues for a message.
   * @throws MessageUnroutableError
   */
  queuesFor({ exchange, routingKey }: Route): readonly string[] {
    // the default exchange has a queue for each routing key
    if (exchange.name === '') return [routingKey];
    const bindings = [...(this.#byExchange.get(exchange.name)?.values() ?? [])];
    const queues = queuesFor(exchange.type, bindings, routingKey);
    if (queues.length > 0 || exchange.type === 'fanout') return queues;
    throw new MessageUnroutableError(exchange.name, routingKey);
  }
}

function nameOf({ routingKey, queue }: Binding): string {
  return JSON.stringify([routingKey, queue]);
}
