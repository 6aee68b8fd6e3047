import type { QueueOptions, Settings, TaskQueues } from '../../config/index.ts';
import { ConfigError, QueueNotFoundError } from '../../errors.ts';
import type { BindingSpec, ExchangeSpec, QueueSpec } from '../../protocol/index.ts';
import { nearest } from '../../util/index.ts';

/** The settings that say which queues there are. */
export type QueueSettings = Pick<
  Settings,
  | 'taskQueues'
  | 'taskDefaultQueue'
  | 'taskDefaultExchange'
  | 'taskDefaultExchangeType'
  | 'taskDefaultRoutingKey'
  | 'taskCreateMissingQueues'
  | 'taskCreateMissingQueueExchangeType'
>;

/** Which queues a worker takes from. */
export interface QueueChoice {
  /** Default: all that are configured, or the default queue. */
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** The name of a node that has a queue of its own. */
  readonly direct?: string | undefined;
}

/** The queues of an app: those of `taskQueues`, or the default one. Source: `Queues` in Celery's `app/amqp.py`. */
export class QueueTable {
  readonly defaultQueue: string;
  readonly #settings: QueueSettings;
  readonly #defaultBinding: BindingSpec;
  readonly #queues: ReadonlyMap<string, QueueSpec>;

  constructor(settings: QueueSettings) {
    const { taskDefaultQueue: queue, taskDefaultExchangeType: type } = settings;
    this.defaultQueue = queue;
    this.#settings = settings;
    this.#defaultBinding = {
      exchange: { name: settings.taskDefaultExchange ?? queue, type },
      routingKey: settings.taskDefaultRoutingKey ?? queue,
    };
    const given = listOf(settings.taskQueues);
    const ownDefault = { name: queue, bindings: [this.#defaultBinding], isBroadcast: false };
    const specs = given.length > 0 ? given.map((each) => this.#specOf(each)) : [ownDefault];
    this.#queues = new Map(specs.map((spec) => [spec.name, spec]));
  }

  /** Those that are configured. */
  get all(): readonly QueueSpec[] {
    return [...this.#queues.values()];
  }

  /** A queue by its name; one that is not configured is made up, where that is allowed. @throws QueueNotFoundError */
  get(name: string): QueueSpec {
    const known = this.#queues.get(name);
    if (known) return known;
    const { taskCreateMissingQueues, taskCreateMissingQueueExchangeType: type } = this.#settings;
    if (!taskCreateMissingQueues) throw this.#missing(name);
    const exchange = { name, type: type ?? 'direct' } as const;
    return { name, bindings: [{ exchange, routingKey: name }], isBroadcast: false };
  }

  /** The exchange that configured queues are bound to under a name, if there is one. */
  findExchange(name: string): ExchangeSpec | undefined {
    if (name === this.#defaultBinding.exchange.name) return this.#defaultBinding.exchange;
    const bindings = this.all.flatMap((queue) => queue.bindings);
    return bindings.find(({ exchange }) => exchange.name === name)?.exchange;
  }

  /** Configured queues that an exchange's messages may come into; no broadcast ones, as those are the workers' own. */
  boundTo(exchange: string): readonly QueueSpec[] {
    return this.all.filter(
      ({ bindings, isBroadcast }) =>
        !isBroadcast && bindings.some((binding) => binding.exchange.name === exchange),
    );
  }

  /** What a worker takes from, in order. @throws QueueNotFoundError, ConfigError if nothing is left */
  select({ include, exclude = [], direct }: QueueChoice): readonly QueueSpec[] {
    const wanted = include?.map((name) => this.get(name)) ?? this.all;
    const strange = exclude.find((name) => !wanted.some((queue) => queue.name === name));
    if (strange !== undefined) {
      throw new QueueNotFoundError(
        strange,
        nearest(strange, wanted.map(nameOf)),
        'it is not among those to exclude it from',
      );
    }
    const chosen = wanted.filter((queue) => !exclude.includes(queue.name));
    const queues = direct === undefined ? chosen : [...chosen, directQueueOf(direct)];
    if (queues.length > 0) return queues;
    throw new ConfigError('no queue is left to take from; leave one out of --exclude-queues');
  }

  #specOf(options: QueueOptions): QueueSpec {
    const { name, broadcast: isBroadcast = false } = options;
    return {
      name,
      isBroadcast,
      bindings: options.bindings?.map(bindingOf) ?? [this.#way(options)],
    };
  }

  #way({ name, broadcast, exchange, exchangeType, routingKey }: QueueOptions): BindingSpec {
    if (broadcast) {
      const own = { name: exchange ?? name, type: 'fanout' } as const;
      // Python binds a Broadcast without a key so, and on Redis the key is a part of the channel
      return { exchange: own, routingKey: routingKey ?? this.#defaultBinding.routingKey };
    }
    const isDefault = name === this.defaultQueue;
    const key = routingKey ?? (isDefault ? this.#defaultBinding.routingKey : name);
    if (exchange !== undefined) {
      return { exchange: { name: exchange, type: exchangeType ?? 'direct' }, routingKey: key };
    }
    const preset = this.#defaultBinding.exchange;
    return { exchange: { ...preset, type: exchangeType ?? preset.type }, routingKey: key };
  }

  #missing(name: string): QueueNotFoundError {
    const reason = "'taskCreateMissingQueues' is off";
    return new QueueNotFoundError(name, nearest(name, this.#queues.keys()), reason);
  }
}

/** Whether senders and workers need be told nothing of a queue: a direct one, named like its exchange and key. */
export function isPlainQueue({ name, bindings, isBroadcast }: QueueSpec): boolean {
  const [only, ...others] = bindings;
  if (isBroadcast || !only || others.length > 0) return false;
  const { exchange, routingKey } = only;
  return exchange.type === 'direct' && exchange.name === name && routingKey === name;
}

/** The queue that only one node takes from. Source: `worker_direct` in Celery's `utils/nodenames.py`. */
export function directQueueOf(node: string): QueueSpec {
  const exchange = { name: 'C.dq2', type: 'direct' } as const;
  return { name: `${node}.dq2`, bindings: [{ exchange, routingKey: node }], isBroadcast: false };
}

function bindingOf(binding: NonNullable<QueueOptions['bindings']>[number]): BindingSpec {
  const { exchange: name, exchangeType: type = 'direct', routingKey } = binding;
  return { exchange: { name, type }, routingKey };
}

function listOf(queues: TaskQueues | null): readonly QueueOptions[] {
  if (queues === null) return [];
  if (Array.isArray(queues)) return queues;
  return Object.entries(queues).map(([name, queue]) => ({ ...queue, name }));
}

function nameOf({ name }: QueueSpec): string {
  return name;
}
