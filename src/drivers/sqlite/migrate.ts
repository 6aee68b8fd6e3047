import { BrokerUnavailableError } from '../../errors.ts';
import type { NativeDatabase } from './database.ts';
import { urlOfFile } from './location.ts';
import { tables } from './migrations/0001-tables.ts';
import { bindings } from './migrations/0002-bindings.ts';
import { chords } from './migrations/0003-chords.ts';
import { chordRests } from './migrations/0004-chord-rests.ts';
import { chordExtras } from './migrations/0005-chord-extras.ts';

/** In order; the schema's version is how many of them a file has seen. Never edit one that was released. */
const migrations: readonly string[] = [tables, bindings, chords, chordRests, chordExtras];

/** `CELR`: marks a file as ours. */
const APPLICATION_ID = 0x43454c52;

/**
 * Brings a file's tables up to date.
 * @throws BrokerUnavailableError if the file is another program's or a newer version's.
 */
export function migrate(file: string, native: NativeDatabase): void {
  checkOwner(file, native);
  if (versionOf(file, native) === migrations.length) return;

  native.exec('begin immediate');
  try {
    // another process may have done it in the meantime
    for (const migration of migrations.slice(versionOf(file, native))) native.exec(migration);
    native.exec(`pragma application_id = ${APPLICATION_ID}`);
    native.exec(`pragma user_version = ${migrations.length}`);
    native.exec('commit');
  } catch (error) {
    if (native.inTransaction) native.exec('rollback');
    throw error;
  }
}

function checkOwner(file: string, native: NativeDatabase): void {
  if (numberOf(native, 'pragma application_id') === APPLICATION_ID) return;
  // asked in one statement: another process may be creating our tables right now
  const foreign = numberOf(
    native,
    `select count(*) from sqlite_schema, pragma_application_id where application_id <> ${APPLICATION_ID}`,
  );
  if (foreign === 0) return;
  throw new BrokerUnavailableError(
    urlOfFile(file),
    "the file is another program's database; give celeriac a file of its own",
  );
}

function versionOf(file: string, native: NativeDatabase): number {
  const version = numberOf(native, 'pragma user_version');
  if (version <= migrations.length) return version;
  throw new BrokerUnavailableError(
    urlOfFile(file),
    `the file was written by a newer version (schema ${version}, this one knows ${migrations.length}); update celeriac or use another file`,
  );
}

function numberOf(native: NativeDatabase, sql: string): number {
  const [value] = native.prepare(sql).pluck().all();
  return typeof value === 'number' ? value : 0;
}
