import type { ChordCounts, GroupStore, ResultReader } from '../backends/index.ts';
import { NotSupportedError } from '../errors.ts';
import type { ExecutorPort } from '../pool/index.ts';
import type { ChordCount, OutgoingMessage, ResultMeta, ResultTuple } from '../protocol/index.ts';
import type { Consumer, DeadLetters, PublishRetry, Store, Transport } from '../transports/index.ts';

/** What tasks in an executor ask of the main thread, which owns all connections. `url` names the app's broker or backend. */
export type ExecutorCall =
  | Readonly<{
      op: 'publish';
      url: string;
      messages: readonly OutgoingMessage[];
      retry: PublishRetry | undefined;
    }>
  | Readonly<{ op: 'broadcast'; url: string; exchange: string; payload: string }>
  | Readonly<{ op: 'size' | 'purge'; url: string; queue: string }>
  | Readonly<{ op: 'find' | 'wait' | 'forget'; url: string; taskId: string }>
  | Readonly<{ op: 'findMany'; url: string; taskIds: readonly string[] }>
  | Readonly<{ op: 'saveGroup'; url: string; group: ResultTuple }>
  | Readonly<{ op: 'findGroup' | 'deleteGroup'; url: string; groupId: string }>
  | Readonly<{ op: 'openChords'; url: string; chords: readonly ChordCount[] }>
  | Readonly<{ op: 'growChord' | 'shrinkChord'; url: string; groupId: string; taskId: string }>
  | Readonly<{ op: 'store'; url: string; meta: ResultMeta; tag: string }>
  | Readonly<{ op: 'started'; tag: string }>;

/** What an executor's apps publish through. */
export class PortTransport implements Transport {
  readonly store: Store;
  readonly #port: ExecutorPort;
  readonly #url: string;

  constructor(port: ExecutorPort, url: string) {
    this.#port = port;
    this.#url = url;
    this.store = { kind: 'port', url, identity: async () => url };
  }

  async publish(
    messages: readonly OutgoingMessage[],
    signal: AbortSignal,
    retry?: PublishRetry,
  ): Promise<void> {
    await this.#call({ op: 'publish', url: this.#url, messages, retry }, signal);
  }

  async broadcast(exchange: string, payload: string, signal: AbortSignal): Promise<void> {
    await this.#call({ op: 'broadcast', url: this.#url, exchange, payload }, signal);
  }

  async consume(): Promise<Consumer> {
    throw new NotSupportedError('a task cannot start a worker; start one with `celeriac worker`');
  }

  async size(queue: string): Promise<number> {
    return (await this.#call({ op: 'size', url: this.#url, queue })) as number;
  }

  async purge(queue: string): Promise<number> {
    return (await this.#call({ op: 'purge', url: this.#url, queue })) as number;
  }

  get deadLetters(): DeadLetters {
    throw new NotSupportedError(
      'a task cannot look into dead letters; a program can, and `celeriac dead list`',
    );
  }

  async close(): Promise<void> {}

  #call(call: ExecutorCall, signal?: AbortSignal): Promise<unknown> {
    return this.#port.call(call, signal);
  }
}

/** What an executor's apps read results through. */
export class PortBackend implements ResultReader {
  readonly groups: GroupStore = {
    save: async (group) => void (await this.#call({ op: 'saveGroup', url: this.#url, group })),
    find: async (groupId) =>
      (await this.#call({ op: 'findGroup', url: this.#url, groupId })) as ResultTuple | undefined,
    delete: async (groupId) =>
      void (await this.#call({ op: 'deleteGroup', url: this.#url, groupId })),
  };
  readonly chords?: ChordCounts;
  readonly #port: ExecutorPort;
  readonly #url: string;

  /** @param counting - whether the main thread's store can. */
  constructor(port: ExecutorPort, url: string, counting: { readonly countsChords: boolean }) {
    this.#port = port;
    this.#url = url;
    if (!counting.countsChords) return;
    this.chords = {
      open: async (chords) => void (await this.#call({ op: 'openChords', url, chords })),
      grow: async (groupId, taskId) =>
        void (await this.#call({ op: 'growChord', url, groupId, taskId })),
      shrink: async (groupId, taskId) =>
        void (await this.#call({ op: 'shrinkChord', url, groupId, taskId })),
    };
  }

  async find(taskId: string): Promise<ResultMeta | undefined> {
    return (await this.#call({ op: 'find', url: this.#url, taskId })) as ResultMeta | undefined;
  }

  async findMany(taskIds: readonly string[]): Promise<ReadonlyMap<string, ResultMeta>> {
    const metas = await this.#call({ op: 'findMany', url: this.#url, taskIds });
    return metas as ReadonlyMap<string, ResultMeta>;
  }

  async wait(taskId: string, signal?: AbortSignal): Promise<ResultMeta> {
    return (await this.#call({ op: 'wait', url: this.#url, taskId }, signal)) as ResultMeta;
  }

  async forget(taskId: string): Promise<void> {
    await this.#call({ op: 'forget', url: this.#url, taskId });
  }

  async close(): Promise<void> {}

  #call(call: ExecutorCall, signal?: AbortSignal): Promise<unknown> {
    return this.#port.call(call, signal);
  }
}
