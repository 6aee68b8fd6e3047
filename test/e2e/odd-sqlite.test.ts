import { join } from 'node:path';
import Database from 'libsql';
import { everywhere } from '../support/odd-all.ts';
import { survives } from '../support/odd-suite.ts';
import { tempDir } from '../support/temp.ts';

survives(everywhere, async () => {
  const file = join(tempDir(), 'celeriac.db');
  return {
    url: `sqlite:${file}`,
    putRaw: async (queue, payload) => {
      const database = new Database(file, { timeout: 5_000 });
      const sql = 'insert into message (queue, step, payload) values (?, 0, ?)';
      database.prepare(sql).run([queue, payload]);
      database.close();
    },
    close: async () => {},
  };
});
