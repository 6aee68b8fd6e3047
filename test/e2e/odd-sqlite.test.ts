import { join } from 'node:path';
import Database from 'libsql';
import { captures, chains } from '../support/odd-captures.ts';
import { pickles } from '../support/odd-pickles.ts';
import { broken, entries, odd, oldMessages, unreadable } from '../support/odd-rows.ts';
import { survives } from '../support/odd-suite.ts';
import { tempDir } from '../support/temp.ts';

survives(
  [
    ...captures,
    ...chains,
    ...entries,
    ...broken,
    ...unreadable,
    ...pickles,
    ...odd,
    ...oldMessages,
  ],
  async () => {
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
  },
);
