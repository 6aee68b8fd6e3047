import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Celery } from 'celeriac';
import { Worker } from 'celeriac/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger, escapeControls } from '../../src/util/index.ts';
import { HOSTILE, type OddRow } from './odd-row.ts';
import { until } from './waits.ts';

/** A store that entries can be put into as they are. */
export interface RawStore {
  readonly url: string;
  putRaw(queue: string, payload: string): Promise<void>;
  close(): Promise<void>;
}

const TASKS = fileURLToPath(new URL('../fixtures/odd-tasks.ts', import.meta.url));
/** What takes longer is not done at all. */
const DEADLINE_S = 20;

interface Line {
  readonly level: string;
  readonly message: string;
}

/** One worker takes all rows, one after the other, and a good message after each. */
export function survives(rows: readonly OddRow[], open: () => Promise<RawStore>): void {
  const lines: Line[] = [];
  const raw: string[] = [];
  const delays: { name: string; ms: number }[] = [];
  let store: RawStore;
  let app: Celery;
  let worker: Worker;

  beforeAll(async () => {
    store = await open();
    Object.assign(process.env, {
      CELERY_BROKER_URL: store.url,
      CELERY_RESULT_BACKEND: store.url,
    });
    ({ app } = await import('../fixtures/odd-tasks.ts'));
    const stream = {
      write: (text: string) => {
        raw.push(text);
        lines.push(JSON.parse(text) as Line);
      },
    };
    const logger = createLogger({ level: 'INFO', format: 'json', stream });
    const options = { queues: ['celery', HOSTILE], nodeName: 'odd@here', concurrency: 2 };
    worker = new Worker({ apps: [app], module: TASKS, logger, pool: 'threads', ...options });
    await worker.start();
    await app.sendTask('tasks.add', [1, 1]).then((result) => result.get({ timeout: DEADLINE_S }));
  });

  afterAll(async () => {
    await worker.stop();
    await app.close();
    await store.close();
    const sorted = delays.toSorted((a, b) => b.ms - a.ms);
    const shown = (at: number) => `${sorted[at]?.ms.toFixed(1)} ms after '${sorted[at]?.name}'`;
    console.info(
      `${rows.length} odd messages; the next good one took in the median ${shown(sorted.length >> 1)}, at the most ${shown(0)}, ${shown(1)} and ${shown(2)}`,
    );
  });

  test.each(rows)('$name', async (row) => {
    const { payload, queue = 'celery', ends } = row;
    const before = lines.length;

    await store.putRaw(queue, payload);
    const sentMs = performance.now();
    const good = await app.sendTask('tasks.mul', [6, 7]);
    await expect(good.get({ timeout: DEADLINE_S })).resolves.toBe(42);
    delays.push({ name: row.name, ms: performance.now() - sentMs });

    const told = row.id === null ? undefined : app.asyncResult(row.id);
    if (ends.kind === 'dead') await seeDeadLetter(row, ends.reason);
    if (ends.kind === 'SUCCESS') {
      await expect(told?.get({ timeout: DEADLINE_S })).resolves.toEqual(ends.value);
    } else if (told) {
      const rejected = told.get({ timeout: DEADLINE_S }).then(
        (value) => expect.fail(`it succeeded with ${value}`),
        (error: unknown) => error,
      );
      expect(await rejected).toMatchObject({ code: codes[ends.kind] });
      const error = ends.kind === 'dead' ? /InvalidTaskError|NotRegistered/ : ends.error;
      expect(String(await rejected)).toMatch(error);
    }
    const isTold = ends.kind === 'dead' || ends.kind === 'FAILURE';
    const loud = lines.slice(before).filter(({ level }) => level !== 'INFO');
    expect(loud.map(({ message }) => message)).toHaveLength(isTold ? 1 : 0);
    if (ends.kind === 'dead') expect(loud[0]?.message).toMatch(ends.logged ?? ends.reason);
  });

  async function seeDeadLetter({ payload, queue = 'celery' }: OddRow, reason: RegExp) {
    const { deadLetters } = await app.transport();
    const id = createHash('sha1').update(payload).digest('hex');
    const letter = await until(() => deadLetters.find(queue, id), {
      deadlineMs: DEADLINE_S * 1000,
      what: 'the dead letter',
    });
    expect(letter.payload.equals(Buffer.from(payload))).toBe(true);
    expect(letter.reason).toMatch(reason);
    expect(letter).toMatchObject({ worker: 'odd@here', deliveries: 0, earlier: [] });
    expect(Math.abs(Date.now() - Number(letter.at))).toBeLessThan(60_000);
  }

  test('afterwards nothing is left in a queue, and no prototype has anything new', async () => {
    const clean = [[], false, false, false];
    for (let thread = 0; thread < 4; thread++) {
      const result = await app.sendTask('tasks.pollution');
      await expect(result.get({ timeout: DEADLINE_S })).resolves.toEqual(clean);
    }
    expect('polluted' in {}).toBe(false);
    const transport = await app.transport();
    expect(await transport.purge('celery')).toBe(0);
  });

  test('each line of the log is one line of JSON without anything that drives a terminal', () => {
    expect(raw.length).toBeGreaterThan(rows.length);
    for (const text of raw) {
      expect(text.endsWith('\n')).toBe(true);
      expect(escapeControls(text.slice(0, -1))).toBe(text.slice(0, -1));
    }
  });
}

const codes = { dead: 'TASK_FAILED', FAILURE: 'TASK_FAILED', REVOKED: 'TASK_REVOKED' } as const;
