import type { WireOptions } from '../../canvas/index.ts';
import type { Settings } from '../../config/index.ts';
import { ConfigError } from '../../errors.ts';
import type {
  BindingSpec,
  ExchangeSpec,
  ExchangeType,
  QueueSpec,
  Route,
} from '../../protocol/index.ts';
import { nonEmptyText } from '../../util/index.ts';
import { isPlainQueue, type QueueSettings, QueueTable } from './queue-table.ts';
import { compileRoutes, type RoutedCall, type RouteLookup } from './route-table.ts';

/** Where a message goes. */
export interface Destination {
  readonly queue: string;
  /** Through an exchange; undefined: straight into the queue. */
  readonly route?: Route;
  /** The queue that it goes straight into, if its bindings say more than its name. */
  readonly bound?: QueueSpec;
}

/** Says where messages go. Pure: made of settings, and asked with options. */
export class Router {
  readonly queues: QueueTable;
  readonly #routes: readonly RouteLookup[];
  /** Of configured queues, where nothing but the queue is said. */
  readonly #known: ReadonlyMap<string, Destination>;

  /** @throws ConfigError, ModuleLoadError for routes that cannot be used */
  constructor(settings: QueueSettings & Pick<Settings, 'taskRoutes'>) {
    this.queues = new QueueTable(settings);
    this.#routes = compileRoutes(settings.taskRoutes);
    this.#known = new Map(this.queues.all.map((spec) => [spec.name, this.#wayTo(spec)]));
  }

  /** Whether there is anything to ask for a call. */
  get hasRoutes(): boolean {
    return this.#routes.length > 0;
  }

  /** The call's options over those of the first route that fits. Source: `Router.route` in Celery's `app/routes.py`. */
  routed(call: RoutedCall): WireOptions {
    for (const lookup of this.#routes) {
      const route = lookup(call);
      if (route) return { ...route, ...call.options };
    }
    return call.options;
  }

  /**
   * A queue of a direct exchange gets its messages straight, others through their exchange, and an exchange that
   * is named is used. Source: `send_task_message` in Celery's `app/amqp.py`.
   * @throws QueueNotFoundError, ConfigError
   */
  destination(options: WireOptions): Destination {
    const { queue, exchange, exchange_type: type, routing_key: key } = options;
    const name = nonEmptyText(queue) ?? this.queues.defaultQueue;
    if (exchange !== undefined || key !== undefined || type !== undefined) {
      return this.#explicit(options);
    }
    return this.#known.get(name) ?? this.#wayTo(this.queues.get(name));
  }

  #wayTo(spec: QueueSpec): Destination {
    const { name, bindings, isBroadcast } = spec;
    const [binding] = bindings;
    if (!binding || binding.exchange.type === 'direct') return straightInto(spec);
    const declare = this.#declared(binding.exchange, isBroadcast ? undefined : spec);
    return { queue: name, route: { ...binding, declare } };
  }

  #explicit(options: WireOptions): Destination {
    const queue = nonEmptyText(options['queue']);
    const exchange = nonEmptyText(options['exchange']);
    const key = nonEmptyText(options['routing_key']);
    // AMQP's nameless exchange, where the key is the queue
    if (options['exchange'] === '' && queue === undefined && key) return { queue: key };
    const spec = this.queues.get(queue ?? this.queues.defaultQueue);
    const [own] = spec.bindings;
    if (!own) return { queue: spec.name };
    const isOwn = exchange === undefined || exchange === own.exchange.name;
    const binding = {
      exchange: this.#exchangeOf(options, own),
      routingKey: key ?? (isOwn ? own.routingKey : undefined),
    };
    if (binding.exchange.type === 'direct') {
      if (binding.routingKey === undefined) throw keyMissing(binding.exchange.name);
      // a queue that is named is reached straight, under whatever key it is bound
      const isStraight = isOwn && (queue !== undefined || binding.routingKey === own.routingKey);
      if (isStraight && (exchange === undefined || key === undefined)) return straightInto(spec);
    }
    const declare = this.#declared(binding.exchange, isOwn || queue ? spec : undefined);
    return {
      queue: queue ?? (isOwn ? spec.name : binding.exchange.name),
      route: { exchange: binding.exchange, routingKey: binding.routingKey ?? '', declare },
    };
  }

  #exchangeOf({ exchange, exchange_type: given }: WireOptions, own: BindingSpec): ExchangeSpec {
    const name = nonEmptyText(exchange) ?? own.exchange.name;
    const known = name === own.exchange.name ? own.exchange : this.queues.findExchange(name);
    const type = isType(given) ? given : (known?.type ?? 'direct');
    return known?.type === type ? known : { name, type };
  }

  #declared({ name }: ExchangeSpec, spec: QueueSpec | undefined): readonly QueueSpec[] {
    const bound = this.queues.boundTo(name);
    return !spec || spec.isBroadcast || bound.includes(spec) ? bound : [spec, ...bound];
  }
}

function straightInto(spec: QueueSpec): Destination {
  return isPlainQueue(spec) ? { queue: spec.name } : { queue: spec.name, bound: spec };
}

function keyMissing(exchange: string): ConfigError {
  return new ConfigError(
    `exchange '${exchange}' is a direct one, which chooses by key; give 'routingKey' too`,
  );
}

function isType(value: unknown): value is ExchangeType {
  return value === 'direct' || value === 'topic' || value === 'fanout';
}
