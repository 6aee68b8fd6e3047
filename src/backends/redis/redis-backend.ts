import { type RedisShare, RedisStore, shareRedis, unavailable } from '../../drivers/redis/index.ts';
import {
  finalityOf,
  groupKeyOf,
  type ResultCodec,
  type ResultMeta,
  type ResultTuple,
  resultKeyOf,
} from '../../protocol/index.ts';
import type { ResultWrite, Store } from '../../transports/index.ts';
import type { Millis } from '../../util/index.ts';
import type { BackendOptions, ResultBackend } from '../backend.ts';
import type { GroupWriter } from '../chord-store.ts';
import { chunksOf } from '../chunks.ts';
import { codecOf } from '../codec.ts';
import { RedisChords } from './redis-chords.ts';
import { storeResults } from './store.lua.ts';
import { encodingOf, Waiters } from './waiters.ts';

/** Results in a Redis, as Celery keeps and announces them. */
export class RedisBackend implements ResultBackend {
  readonly store: Store;
  readonly chords: RedisChords;
  readonly groups: GroupWriter = {
    write: (group) => this.#groupWrite(group),
    save: (group) => this.apply([this.#groupWrite(group)]),
    find: async (groupId) => {
      const document = await this.#get(this.#groupKeyOf(groupId));
      return document === null ? undefined : this.#codec.decodeGroup(document);
    },
    delete: async (groupId) => {
      await (await this.#ready()).call('del', [this.#groupKeyOf(groupId)]);
    },
  };
  readonly #options: BackendOptions;
  readonly #codec: ResultCodec;
  readonly #share: RedisShare;
  readonly #waiters: Waiters;

  /** @throws ConfigError for a URL that cannot be used */
  constructor(url: string, options: BackendOptions) {
    this.#options = options;
    this.#codec = codecOf(options);
    this.#share = shareRedis(url, options);
    this.store = new RedisStore(this.#share, options);
    this.#waiters = new Waiters(this.#share, this.#codec, options);
    this.chords = new RedisChords({
      ...{ ready: () => this.#ready(), codec: this.#codec, options },
      db: this.#share.commands.address.db,
    });
  }

  write(meta: ResultMeta): ResultWrite {
    return {
      key: this.#keyOf(meta.taskId),
      document: this.#codec.encode(meta),
      isBytes: !this.#codec.isJson,
      finality: finalityOf(meta.status),
      ttlMs: this.#options.expiresMs,
      db: this.#share.commands.address.db,
    };
  }

  async apply(writes: readonly ResultWrite[]): Promise<void> {
    if (writes.length > 0) await storeResults(await this.#ready(), writes);
  }

  async find(taskId: string): Promise<ResultMeta | undefined> {
    const document = await this.#get(this.#keyOf(taskId));
    return document === null ? undefined : this.#codec.decode(document);
  }

  async findMany(taskIds: readonly string[]): Promise<ReadonlyMap<string, ResultMeta>> {
    const link = await this.#ready();
    const metas = new Map<string, ResultMeta>();
    for (const ids of chunksOf(taskIds)) {
      const keys = ids.map((id) => this.#keyOf(id));
      const documents = await link.call('mget', keys, encodingOf(this.#codec));
      for (const [place, document] of (documents as (string | null)[]).entries()) {
        if (document !== null) metas.set(ids[place] as string, this.#codec.decode(document));
      }
    }
    return metas;
  }

  wait(taskId: string, signal?: AbortSignal, sentMs?: Millis): Promise<ResultMeta> {
    return this.#waiters.wait(taskId, signal, sentMs);
  }

  async forget(taskId: string): Promise<void> {
    const link = await this.#ready();
    this.#waiters.forget(taskId);
    await link.call('del', [this.#keyOf(taskId)]);
  }

  async close(): Promise<void> {
    this.#waiters.close(unavailable(this.#share.commands.address, 'the result backend was closed'));
    this.#share.release();
  }

  #groupWrite(group: ResultTuple): ResultWrite {
    return {
      key: this.#groupKeyOf(group[0][0]),
      document: this.#codec.encodeGroup(group),
      isBytes: !this.#codec.isJson,
      finality: 'open',
      ttlMs: this.#options.expiresMs,
      db: this.#share.commands.address.db,
    };
  }

  async #get(key: string): Promise<string | null> {
    const link = await this.#ready();
    const document = await link.call('get', [key], encodingOf(this.#codec));
    return document === null ? null : String(document);
  }

  #keyOf(taskId: string): string {
    return resultKeyOf(taskId, this.#options.keyprefix);
  }

  #groupKeyOf(groupId: string): string {
    return groupKeyOf(groupId, this.#options.keyprefix);
  }

  async #ready(): Promise<RedisShare['commands']> {
    const { commands } = this.#share;
    await commands.ready(AbortSignal.timeout(this.#options.connectTimeoutMs));
    return commands;
  }
}
