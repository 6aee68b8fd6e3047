import { join } from 'node:path';
import Database from 'libsql';
import { tempDir } from '../support/temp.ts';
import { backendConformance } from './backend.ts';
import type { StoreUnderTest } from './harness.ts';
import { transportConformance } from './transport.ts';

transportConformance('SQLite', openStore);
backendConformance('SQLite', openStore);

async function openStore(): Promise<StoreUnderTest> {
  const file = join(tempDir(), 'celeriac.db');
  const withFile = <T>(work: (database: Database.Database) => T): T => {
    const database = new Database(file, { timeout: 5_000 });
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  return {
    url: `sqlite:${file}`,
    putRaw: async (queue, payload) => {
      const sql = 'insert into message (queue, step, payload) values (?, 0, ?)';
      withFile((database) => database.prepare(sql).run([queue, payload]));
    },
    deadLetters: async (queue) => {
      const sql = 'select payload, info from dead_letter where queue = ? order by id';
      const rows = withFile((database) => database.prepare(sql).all([queue]));
      return rows as { payload: string; info: string }[];
    },
    traces: async (text) => {
      const sql = 'select queue from binding union all select queue from message';
      const rows = withFile((database) => database.prepare(sql).all([])) as { queue: string }[];
      return rows.map(({ queue }) => queue).filter((queue) => queue.includes(text));
    },
    close: async () => {},
  };
}
