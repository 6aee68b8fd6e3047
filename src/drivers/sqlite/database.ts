import { statSync } from 'node:fs';
import type Libsql from 'libsql';
import { BrokerUnavailableError } from '../../errors.ts';
import type { Millis } from '../../util/index.ts';
import { type AttemptOptions, whileLocked } from './failures.ts';
import { urlOfFile } from './location.ts';
import { type Query, query, type Session, type Value } from './query.ts';
import { ChangeWatcher } from './watcher.ts';

/** How long a read or write waits for other processes. */
const LOCK_DEADLINE_MS: Millis = 5_000;

const dataVersion = query<[], [version: number]>('pragma data_version');

/** How a write is done. */
export interface WriteOptions {
  /** Whether others of this process should look again after it. */
  readonly announce: boolean;
  /** Ends the wait for the lock. */
  readonly signal?: AbortSignal;
}

/** What a class needs of the library. */
export type NativeDatabase = Libsql.Database;

/** One open file of this process. Reads and writes run at once, or as soon as the lock is free. */
export class Database {
  readonly file: string;
  /** For errors and people. */
  readonly url: string;
  readonly #native: NativeDatabase;
  readonly #session: Session;
  readonly #watcher: ChangeWatcher;
  readonly #inode: number;

  constructor(file: string, native: NativeDatabase) {
    this.file = file;
    this.url = urlOfFile(file);
    this.#native = native;
    this.#session = new PreparedSession(native);
    this.#inode = inodeOf(file);
    this.#watcher = new ChangeWatcher({
      walFile: `${file}-wal`,
      readVersion: () => this.#session.all(dataVersion, [])[0]?.[0] ?? 0,
      isCurrent: () => this.isCurrent(),
    });
  }

  /**
   * Runs queries that change nothing. `work` may run again if the file was locked.
   * @throws BrokerUnavailableError
   */
  read<T>(work: (session: Session) => T, signal?: AbortSignal): Promise<T> {
    return this.#attempt(() => work(this.#session), signal);
  }

  /**
   * Runs queries as one transaction. `work` runs again from the start if the file was locked.
   * @throws BrokerUnavailableError
   */
  async write<T>(work: (session: Session) => T, { announce, signal }: WriteOptions): Promise<T> {
    const result = await this.#attempt(() => this.#transact(work), signal);
    if (announce) this.#watcher.announce();
    return result;
  }

  /** Calls `listener` soon after any process changed something. @returns what ends it. */
  onChange(listener: () => void): () => void {
    return this.#watcher.subscribe(listener);
  }

  /** False once the file was removed, or another one put in its place. */
  isCurrent(): boolean {
    return this.#inode !== 0 && inodeOf(this.file) === this.#inode;
  }

  /** For its owner, the list of open files. */
  close(): void {
    this.#native.close();
  }

  #attempt<T>(work: () => T, signal: AbortSignal | undefined): Promise<T> {
    const options: AttemptOptions = { deadlineMs: LOCK_DEADLINE_MS, ...(signal && { signal }) };
    const attempt = (): T => {
      this.#checkCurrent();
      return work();
    };
    return whileLocked(this.file, attempt, options);
  }

  #transact<T>(work: (session: Session) => T): T {
    // a deferred transaction that upgrades fails at once, whatever the timeout
    this.#native.exec('begin immediate');
    try {
      const result = work(this.#session);
      this.#native.exec('commit');
      return result;
    } catch (error) {
      if (this.#native.inTransaction) this.#native.exec('rollback');
      throw error;
    }
  }

  /** What is written to a removed file, nobody will read. */
  #checkCurrent(): void {
    if (this.isCurrent()) return;
    throw new BrokerUnavailableError(
      this.url,
      'the file was removed or replaced while it was open; restart this process',
    );
  }
}

/** Prepares each statement once. */
class PreparedSession implements Session {
  readonly #native: NativeDatabase;
  readonly #statements = new Map<string, Libsql.Statement>();

  constructor(native: NativeDatabase) {
    this.#native = native;
  }

  all<Params extends readonly Value[], Row extends readonly Value[]>(
    { sql }: Query<Params, Row>,
    params: Params,
  ): Row[] {
    // never get(): it leaves the statement, and with it an old snapshot, open
    return this.#prepare(sql).all(params) as unknown as Row[];
  }

  run<Params extends readonly Value[]>({ sql }: Query<Params>, params: Params): number {
    return this.#prepare(sql).run(params).changes;
  }

  #prepare(sql: string): Libsql.Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#native.prepare(sql);
      if (statement.reader) statement.raw(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function inodeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? 0;
}
