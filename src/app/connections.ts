import {
  type BackendOptions,
  openBackend,
  type ResultBackend,
  type ResultReader,
} from '../backends/index.ts';
import type { Settings } from '../config/index.ts';
import { openTransport, type Transport } from '../transports/index.ts';
import { backendOptions, readUrlOf, transportOptions, writeUrlOf } from './connection-settings.ts';
import { type Runtime, runtime } from './runtime.ts';

/** What opens stores in place of what their URLs name. */
export interface Openers extends Pick<Runtime, 'openTransport'> {
  readonly openBackend?: (url: string, options: BackendOptions) => Promise<ResultBackend>;
}

/** What connections need to know of their app. */
export interface ConnectionParts {
  readonly settings: () => Settings;
  /** Names the app among those that wait for results. */
  readonly replyTo: string;
  readonly openers?: Openers;
}

/** The connections of an app: opened when first used, once, and again after they were closed or could not be opened. */
export class Connections {
  readonly #parts: ConnectionParts;
  readonly #transport = new Opening<Transport>();
  readonly #source = new Opening<Transport>();
  readonly #reader = new Opening<ResultReader>();
  readonly #backend = new Opening<ResultBackend>();

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  /** Where messages are sent. */
  transport(): Promise<Transport> {
    return this.#transport.get(() => this.#open(writeUrlOf(this.#parts.settings())));
  }

  /** Where a worker takes messages: mostly the same. */
  source(): Promise<Transport> {
    const url = readUrlOf(this.#parts.settings());
    if (url === writeUrlOf(this.#parts.settings())) return this.transport();
    return this.#source.get(() => this.#open(url));
  }

  /** What results are read from: in an executor the main thread's store. null: results are off. */
  async reader(): Promise<ResultReader | null> {
    const { resultBackend } = this.#parts.settings();
    const { openBackend: open } = runtime();
    if (resultBackend === null) return null;
    return open ? this.#reader.get(() => open(resultBackend, this.#options())) : this.backend();
  }

  /** The store of results itself. null: results are off. */
  async backend(): Promise<ResultBackend | null> {
    const { resultBackend } = this.#parts.settings();
    if (resultBackend === null) return null;
    const open = this.#parts.openers?.openBackend ?? openBackend;
    return this.#backend.get(() => open(resultBackend, this.#options()));
  }

  /** Closes what was opened. Safe to call twice. */
  async close(): Promise<void> {
    const opened = [this.#transport, this.#source, this.#reader, this.#backend];
    await Promise.all(opened.map((each) => each.close()));
  }

  #open(url: string): Promise<Transport> {
    const open = this.#parts.openers?.openTransport ?? runtime().openTransport ?? openTransport;
    return open(url, transportOptions(this.#parts.settings()));
  }

  #options(): BackendOptions {
    return backendOptions(this.#parts.settings(), this.#parts.replyTo);
  }
}

/** Something that is opened at most once at a time. */
class Opening<Opened extends { close(): Promise<void> }> {
  #opened: Promise<Opened> | undefined;

  get(open: () => Promise<Opened>): Promise<Opened> {
    if (this.#opened) return this.#opened;
    const opening = open();
    this.#opened = opening;
    opening.catch(() => {
      if (this.#opened === opening) this.#opened = undefined; // the next one tries again
    });
    return opening;
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await (await opened?.catch(() => undefined))?.close();
  }
}
