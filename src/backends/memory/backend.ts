import { type MemoryStore, memoryStore } from '../../drivers/memory/index.ts';
import { BrokerUnavailableError } from '../../errors.ts';
import {
  finalityOf,
  groupKeyOf,
  type ResultCodec,
  type ResultMeta,
  type ResultTuple,
  resultKeyOf,
} from '../../protocol/index.ts';
import type { ResultWrite, Store } from '../../transports/index.ts';
import type { BackendOptions, ResultBackend } from '../backend.ts';
import type { GroupWriter } from '../chord-store.ts';
import { codecOf } from '../codec.ts';
import { Waiters } from '../waiters.ts';
import { MemoryChords } from './chords.ts';

/** Opens the store of that name in this process as a result store. */
export async function openMemoryBackend(
  url: string,
  options: BackendOptions,
): Promise<ResultBackend> {
  return new MemoryBackend(memoryStore(url), options);
}

/** Results inside one process, in the form that they have elsewhere. */
class MemoryBackend implements ResultBackend {
  readonly store: Store;
  readonly chords: MemoryChords;
  readonly groups: GroupWriter = {
    write: (group) => this.#groupWrite(group),
    save: (group) => this.apply([this.#groupWrite(group)]),
    find: async (groupId) => {
      const document = this.#open().results.find(groupKeyOf(groupId));
      return document === undefined
        ? undefined
        : this.#codec.decodeGroup(this.#codec.fromText(document));
    },
    delete: async (groupId) => this.#open().results.delete(groupKeyOf(groupId)),
  };
  readonly #memory: MemoryStore;
  readonly #options: BackendOptions;
  readonly #codec: ResultCodec;
  readonly #waiters = new Waiters();
  readonly #stopListening: () => void;
  #isClosed = false;

  constructor(memory: MemoryStore, options: BackendOptions) {
    this.store = { kind: 'memory', url: memory.url, identity: async () => memory.url };
    this.#memory = memory;
    this.#options = options;
    this.#codec = codecOf(options);
    this.chords = new MemoryChords(() => this.#open(), this.#codec, options);
    this.#stopListening = memory.results.onFinal((key, document) => {
      this.#waiters.resolve(key, document);
    });
  }

  write(meta: ResultMeta): ResultWrite {
    const { expiresMs: ttlMs } = this.#options;
    const [document, finality] = [this.#codec.encodeText(meta), finalityOf(meta.status)];
    return { key: resultKeyOf(meta.taskId), document, finality, ttlMs, db: 0 };
  }

  async apply(writes: readonly ResultWrite[]): Promise<void> {
    this.#open().results.store(writes);
  }

  async find(taskId: string): Promise<ResultMeta | undefined> {
    const document = this.#open().results.find(resultKeyOf(taskId));
    return document === undefined ? undefined : this.#codec.decodeText(document);
  }

  async findMany(taskIds: readonly string[]): Promise<ReadonlyMap<string, ResultMeta>> {
    const { results } = this.#open();
    const metas = new Map<string, ResultMeta>();
    for (const id of taskIds) {
      const document = results.find(resultKeyOf(id));
      if (document !== undefined) metas.set(id, this.#codec.decodeText(document));
    }
    return metas;
  }

  async wait(taskId: string, signal?: AbortSignal): Promise<ResultMeta> {
    const key = resultKeyOf(taskId);
    signal?.throwIfAborted();
    const known = this.#open().results.findFinal(key);
    return this.#codec.decodeText(known ?? (await this.#waiters.wait(key, signal)));
  }

  async forget(taskId: string): Promise<void> {
    this.#open().results.delete(resultKeyOf(taskId));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopListening();
    this.#waiters.rejectAll(this.#closedError());
  }

  #groupWrite(group: ResultTuple): ResultWrite {
    const document = this.#codec.toText(this.#codec.encodeGroup(group));
    const { expiresMs: ttlMs } = this.#options;
    return { key: groupKeyOf(group[0][0]), document, finality: 'open', ttlMs, db: 0 };
  }

  #open(): MemoryStore {
    if (this.#isClosed) throw this.#closedError();
    return this.#memory;
  }

  #closedError(): BrokerUnavailableError {
    return new BrokerUnavailableError(this.store.url, 'the connection was closed');
  }
}
