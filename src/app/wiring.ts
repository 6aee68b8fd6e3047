import type { ResultReader } from '../backends/index.ts';
import type { Settings } from '../config/index.ts';
import { type Clock, systemClock } from '../util/index.ts';
import { writeUrlOf } from './connection-settings.ts';
import { Connections, type Openers } from './connections.ts';
import { Producer } from './producer.ts';
import { publishRetryOf } from './publish-retry.ts';
import { Router } from './routing/router.ts';

/** What a wiring is made of. */
export interface WiringParts {
  readonly settings: () => Settings;
  /** Names the app among those that wait for results. */
  readonly replyTo: string;
  /** Whose time messages are dated with; the machine's if not given. */
  readonly clock?: Clock;
  /** In place of what the URLs in the settings name. */
  readonly openers?: Openers;
}

/** What connects an app with the world: settings, stores, and the time. A test kit puts another one in its place. */
export class Wiring {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly #parts: WiringParts;
  #producer: Producer | undefined;
  #router: Router | undefined;

  constructor(parts: WiringParts) {
    this.#parts = parts;
    this.clock = parts.clock ?? systemClock;
    this.connections = new Connections(parts);
  }

  get settings(): Settings {
    return this.#parts.settings();
  }

  /** @throws ConfigError, ModuleLoadError for routes that cannot be used */
  get router(): Router {
    this.#router ??= new Router(this.settings);
    return this.#router;
  }

  /** Where results are read; null: they are off. */
  readonly reader = (): Promise<ResultReader | null> => this.connections.reader();

  get producer(): Producer {
    if (this.#producer) return this.#producer;
    const { settings } = this;
    this.#producer = new Producer({
      transport: () => this.connections.transport(),
      brokerUrl: writeUrlOf(settings),
      deadlineMs: settings.brokerSendTimeout * 1000,
      retry: publishRetryOf(settings),
    });
    return this.#producer;
  }

  /** Waits for what is being sent, then disconnects; a later use connects again. Safe to call twice. */
  async close(): Promise<void> {
    await this.#producer?.idle();
    await this.connections.close();
  }
}
