import Libsql from 'libsql';
import { BrokerUnavailableError } from '../../errors.ts';
import type { Millis } from '../../util/index.ts';
import { Database, type NativeDatabase } from './database.ts';
import { BUSY_TIMEOUT_MS, explain, whileLocked } from './failures.ts';
import { parseSqliteUrl, prepareFile, urlOfFile } from './location.ts';
import { migrate } from './migrate.ts';

/** One user's hold on an open file; the file is closed when nobody of this process holds it. */
export interface DatabaseHold {
  readonly database: Database;
  /** Safe to call twice. */
  release(): void;
}

/** Fewer and larger checkpoints make publishing a sixth faster; the log is cut back to what one needs. */
const pragmas = `
pragma synchronous = normal;
pragma wal_autocheckpoint = 4000;
pragma journal_size_limit = 16777216;
`;

interface Entry {
  readonly opening: Promise<Database>;
  users: number;
}

/** By real path: one connection per file and process, so that its users wake each other directly. */
const entries = new Map<string, Entry>();

/**
 * Opens the file of a URL, or shares it if this process has it open.
 * @throws ConfigError for a URL that names no file, BrokerUnavailableError naming path and cause.
 */
export async function holdDatabase(
  url: string,
  { deadlineMs }: { deadlineMs: Millis },
): Promise<DatabaseHold> {
  const file = prepareFile(parseSqliteUrl(url));
  for (;;) {
    const entry = entries.get(file) ?? addEntry(file, deadlineMs);
    entry.users += 1;
    try {
      const database = await entry.opening;
      if (database.isCurrent()) return holdOf(file, entry, database);
    } catch (error) {
      leave(file, entry);
      throw error;
    }
    // the file was removed while others had it open: they keep theirs, and we open the new one
    entries.delete(file);
    leave(file, entry);
  }
}

function addEntry(file: string, deadlineMs: Millis): Entry {
  const entry = { opening: openFile(file, deadlineMs), users: 0 };
  entries.set(file, entry);
  return entry;
}

/** @returns whether that was its last user. */
function leave(file: string, entry: Entry): boolean {
  entry.users -= 1;
  if (entry.users === 0 && entries.get(file) === entry) entries.delete(file);
  return entry.users === 0;
}

function holdOf(file: string, entry: Entry, database: Database): DatabaseHold {
  let isHeld = true;
  return {
    database,
    release: () => {
      if (isHeld && leave(file, entry)) database.close();
      isHeld = false;
    },
  };
}

async function openFile(file: string, deadlineMs: Millis): Promise<Database> {
  const native = connect(file);
  try {
    await whileLocked(file, () => useWriteAheadLog(file, native), { deadlineMs });
    await whileLocked(file, () => migrate(file, native), { deadlineMs });
    return new Database(file, native);
  } catch (error) {
    native.close();
    throw error;
  }
}

function connect(file: string): NativeDatabase {
  try {
    return new Libsql(file, { timeout: BUSY_TIMEOUT_MS });
  } catch (error) {
    throw explain(file, error);
  }
}

function useWriteAheadLog(file: string, native: NativeDatabase): void {
  const [mode] = native.prepare('pragma journal_mode = wal').pluck().all();
  if (mode !== 'wal') {
    const reason = `its file system does not support SQLite's write-ahead log (journal mode is '${mode}')`;
    throw new BrokerUnavailableError(urlOfFile(file), reason);
  }
  native.exec(pragmas);
}
