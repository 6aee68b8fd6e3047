import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Celery } from 'celeriac';
import { expect, onTestFinished, test } from 'vitest';
import { storeNames, stores } from '../support/stores.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/waits.ts';
import { startWorker } from '../support/worker.ts';

test.each(storeNames)(
  'on %s a high task is next, though a thousand low ones wait for a busy worker',
  async (store) => {
    const url = await stores[store]();
    const file = join(tempDir(), 'order');
    const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
    const app = new Celery('priorities', { broker: url, backend: url });
    onTestFinished(() => app.close());
    const note = (text: string, priority?: number, ms = 0) =>
      app.sendTask('fixture.note', [file, text, ms], priority === undefined ? {} : { priority });
    await startWorker({ brokerUrl: url, args: ['-c', '1'] });

    await note('busy', 9, 6_000);
    await until(() => lines().includes('busy'), { deadlineMs: 20_000, what: 'a busy worker' });
    await Promise.all(Array.from({ length: 1_000 }, (_, at) => note(`low ${at}`, 9)));
    await note('middle', 5);
    await note('high', 0);
    await note('none given');
    await until(() => lines().length > 10, { deadlineMs: 20_000, what: 'ten tasks' });

    expect(lines().slice(0, 5)).toEqual(['busy', 'high', 'none given', 'middle', 'low 0']);
  },
);
