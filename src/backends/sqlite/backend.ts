import {
  chordQueries,
  type Database,
  type DatabaseHold,
  deleteExpiredChord,
  holdDatabase,
  resultQueries,
  storeResults,
} from '../../drivers/sqlite/index.ts';
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
import type { Millis } from '../../util/index.ts';
import type { BackendOptions, ResultBackend } from '../backend.ts';
import type { GroupWriter } from '../chord-store.ts';
import { chunksOf } from '../chunks.ts';
import { codecOf } from '../codec.ts';
import { SqliteChords } from './chords.ts';
import { ResultWatch } from './result-watch.ts';
import { rowKeyOf } from './row-key.ts';

/** How often results past their time are deleted, and how many in one transaction. */
const SWEEP_MS: Millis = 60_000;
const SWEEP_MAX = 1_000;

/**
 * Opens the file as a result store.
 * @throws ConfigError, BrokerUnavailableError
 */
export async function openSqliteBackend(
  url: string,
  options: BackendOptions,
): Promise<ResultBackend> {
  const hold = await holdDatabase(url, { deadlineMs: options.connectTimeoutMs });
  const backend = new SqliteBackend(url, hold, options);
  backend.start();
  return backend;
}

/** Results in a file that all processes of a machine share. */
class SqliteBackend implements ResultBackend {
  readonly store: Store;
  readonly chords: SqliteChords;
  readonly groups: GroupWriter = {
    write: (group) => this.#groupWrite(group),
    save: (group) => this.apply([this.#groupWrite(group)]),
    find: async (groupId) => {
      const document = await this.#read(rowKeyOf(groupKeyOf(groupId)));
      return document === undefined
        ? undefined
        : this.#codec.decodeGroup(this.#codec.fromText(document));
    },
    delete: (groupId) => this.#delete(rowKeyOf(groupKeyOf(groupId))),
  };
  readonly #hold: DatabaseHold;
  readonly #options: BackendOptions;
  readonly #codec: ResultCodec;
  readonly #watch: ResultWatch;
  #sweepTimer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> | undefined;
  #isClosed = false;

  constructor(url: string, hold: DatabaseHold, options: BackendOptions) {
    const { database } = hold;
    this.store = { kind: 'sqlite', url, identity: async () => database.file };
    this.#hold = hold;
    this.#options = options;
    this.#codec = codecOf(options);
    this.#watch = new ResultWatch(database);
    this.chords = new SqliteChords(() => this.#database(), this.#codec, options);
  }

  start(): void {
    this.#sweep();
    this.#sweepTimer = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  write(meta: ResultMeta): ResultWrite {
    const { expiresMs: ttlMs } = this.#options;
    const [document, finality] = [this.#codec.encodeText(meta), finalityOf(meta.status)];
    return { key: resultRowOf(meta.taskId), document, finality, ttlMs, db: 0 };
  }

  async apply(writes: readonly ResultWrite[]): Promise<void> {
    const database = this.#database();
    if (writes.length === 0) return;
    await database.write((session) => storeResults(session, writes, Date.now()), {
      announce: true,
    });
  }

  async find(taskId: string): Promise<ResultMeta | undefined> {
    const document = await this.#read(resultRowOf(taskId));
    return document === undefined ? undefined : this.#codec.decodeText(document);
  }

  async findMany(taskIds: readonly string[]): Promise<ReadonlyMap<string, ResultMeta>> {
    const database = this.#database();
    const metas = new Map<string, ResultMeta>();
    for (const ids of chunksOf(taskIds)) {
      const byKey = new Map(ids.map((id) => [resultRowOf(id), id]));
      const rows = await database.read((session) =>
        session.all(resultQueries.findResults, [JSON.stringify([...byKey.keys()]), Date.now()]),
      );
      for (const [key, document] of rows) {
        metas.set(byKey.get(key) as string, this.#codec.decodeText(document));
      }
    }
    return metas;
  }

  async wait(taskId: string, signal?: AbortSignal): Promise<ResultMeta> {
    this.#database();
    return this.#codec.decodeText(await this.#watch.wait(resultRowOf(taskId), signal));
  }

  async forget(taskId: string): Promise<void> {
    await this.#delete(resultRowOf(taskId));
  }

  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      clearInterval(this.#sweepTimer);
      this.#watch.close(this.#closedError());
      this.#sweeping = (this.#sweeping ?? Promise.resolve()).finally(() => this.#hold.release());
    }
    await this.#sweeping;
  }

  #groupWrite(group: ResultTuple): ResultWrite {
    const document = this.#codec.toText(this.#codec.encodeGroup(group));
    const { expiresMs: ttlMs } = this.#options;
    return { key: rowKeyOf(groupKeyOf(group[0][0])), document, finality: 'open', ttlMs, db: 0 };
  }

  async #read(key: string): Promise<string | undefined> {
    const [row] = await this.#database().read((session) =>
      session.all(resultQueries.findResult, [key, Date.now()]),
    );
    return row?.[0];
  }

  async #delete(key: string): Promise<void> {
    await this.#database().write((session) => session.run(resultQueries.deleteResult, [key]), {
      announce: false,
    });
  }

  #database(): Database {
    if (this.#isClosed) throw this.#closedError();
    return this.#hold.database;
  }

  #closedError(): BrokerUnavailableError {
    return new BrokerUnavailableError(this.store.url, 'the connection was closed');
  }

  /** Failing is fine: what is past its time is not read either, and the next turn comes. */
  #sweep(): void {
    if (this.#sweeping) return;
    this.#sweeping = deleteExpired(this.#hold.database, () => this.#isClosed)
      .catch(() => {})
      .finally(() => {
        if (!this.#isClosed) this.#sweeping = undefined;
      });
  }
}

/** Under what a task's result is kept. */
function resultRowOf(taskId: string): string {
  return rowKeyOf(resultKeyOf(taskId));
}

/** Deletes what is past its time, a little at once, as others wait for the lock meanwhile. */
async function deleteExpired(database: Database, isClosed: () => boolean): Promise<void> {
  const nowMs = Date.now();
  const any = await database.read((session) =>
    session.all(resultQueries.hasExpiredResults, [nowMs]),
  );
  for (let deleted = any.length > 0 ? SWEEP_MAX : 0; deleted === SWEEP_MAX && !isClosed(); ) {
    deleted = await database.write(
      (session) => session.run(resultQueries.deleteExpiredResults, [nowMs, SWEEP_MAX]),
      { announce: false },
    );
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (let isAny = await hasExpiredChord(database, nowMs); isAny && !isClosed(); ) {
    isAny = await database.write((session) => deleteExpiredChord(session, nowMs, SWEEP_MAX), {
      announce: false,
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function hasExpiredChord(database: Database, nowMs: Millis): Promise<boolean> {
  const found = await database.read((session) =>
    session.all(chordQueries.findExpiredChord, [Math.trunc(nowMs)]),
  );
  return found.length > 0;
}
