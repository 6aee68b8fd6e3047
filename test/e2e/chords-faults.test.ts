import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Celery, chain, chord } from 'celeriac';
import { expect, test } from 'vitest';
import { type RunningProgram, startProgram } from '../support/process.ts';
import { startProxy } from '../support/proxy.ts';
import { startRedis } from '../support/redis.ts';
import { until } from '../support/waits.ts';

const WORKER = fileURLToPath(new URL('../fixtures/chord-worker.mjs', import.meta.url));
const TORTURE = fileURLToPath(new URL('../../scripts/chord-torture.mjs', import.meta.url));
const AWAY_MS = 10_000;

function startWorker(url: string, queues: string, ...more: string[]): RunningProgram {
  return startProgram(process.execPath, [WORKER, url, queues, ...more]);
}

async function ready(worker: RunningProgram): Promise<void> {
  await worker.waitForLine(/^ready$/, 30_000);
}

/** Sends a chord whose members wait for so long, and whose body runs where no worker dies. */
function sendChord(app: Celery, number: number, { queue = 'parts', width = 3, ms = 20 } = {}) {
  const header = Array.from({ length: width }, (_none, at) =>
    app.signature('torture.part', [number, at, ms], { queue }),
  );
  return chord(header, app.signature('torture.body', [number, width], { queue: 'bodies' })).delay();
}

/** Sends a chord of one member, which adds another. */
function sendAdding(app: Celery, number: number) {
  const queue = `parts${number}`;
  const adding = app.signature('torture.adds', [number, queue], { queue });
  return chord([adding], app.signature('torture.body', [number, 2], { queue: 'bodies' })).delay();
}

/** Sends a task that others take the place of, and a body for what they come to. */
function sendSwap(app: Celery, number: number, form: Exclude<Form, 'added'>) {
  const queue = `parts${number}`;
  const width = form === 'chain' ? 1 : 2;
  const swap = app.signature('torture.swaps', [number, form, queue], { queue });
  return chain(swap, app.signature('torture.body', [number, width], { queue: 'bodies' })).delay();
}

function sendPoint(app: Celery, number: number, form: Form | undefined) {
  if (form === undefined) return sendChord(app, number, { queue: `parts${number}` });
  return form === 'added' ? sendAdding(app, number) : sendSwap(app, number, form);
}

function bodiesOf(worker: RunningProgram): string[] {
  return worker.lines.filter((line) => line.startsWith('body ')).sort();
}

/** Resolves once nothing sent before is left that could run a body again. */
async function settled(app: Celery, cli: (...args: string[]) => Promise<string>): Promise<void> {
  const what = 'no chord to be left';
  await until(async () => (await cli('HLEN', 'celeriac.chords')) === '0', {
    ...{ deadlineMs: 30_000, what },
  });
  const marker = await app.sendTask('torture.body', [[], -1, 0], { queue: 'bodies' });
  await marker.get({ timeout: 30 });
}

type Form = 'chain' | 'group' | 'chord' | 'added';

/** At which point of which commit a worker dies, and what the task of its first commit has in its place or beside it, if anything. */
const points: readonly (readonly [point: string, times: string, form?: Form])[] = [
  // three parts and an end: each is a commit
  ...[['committing', '1'] as const, ['committing', '3'] as const, ['committing', '4'] as const],
  ...[['committed', '1'] as const, ['committed', '3'] as const, ['committed', '4'] as const],
  ...[['committing', '1', 'chord'] as const, ['committed', '1', 'chord'] as const],
  ...[['committing', '1', 'chain'] as const, ['committed', '1', 'group'] as const],
  ['committing', '1', 'added'],
];

test.concurrent(
  'a worker that dies at any step of a chord, or as others take the place of a task or come beside it, leaves one body',
  async () => {
    const redis = await startRedis();
    await using app = new Celery('torture', { broker: redis.url, backend: redis.url });
    const queues = points.map((_, at) => `parts${at}`);
    const results = await Promise.all(points.map(([, , form], at) => sendPoint(app, at, form)));

    const endings = points.map(
      ([point, times], at) => startWorker(redis.url, `parts${at}`, point, times).exited,
    );
    for (const ending of endings)
      await expect(ending).resolves.toMatchObject({ signal: 'SIGKILL' });
    const last = startWorker(redis.url, ['bodies', 'celery', ...queues].join(','));
    await ready(last);

    await Promise.all(results.map((result) => result.get({ timeout: 40 })));
    await settled(app, redis.cli.bind(redis));
    const bodies = bodiesOf(last).filter((line) => !line.startsWith('body -1'));
    expect(bodies).toEqual(points.map((_, at) => `body ${at} whole`).sort());
  },
);

test.concurrent.each([
  ['the only store', true],
  ['the results', false],
])('%s may be away for ten seconds', async (_, isOneStore) => {
  const [redis, results] = await Promise.all([startRedis(), startRedis()]);
  const away = await startProxy(isOneStore ? redis.port : results.port);
  const through = `redis://127.0.0.1:${away.port}/0`;
  const backend = isOneStore ? redis.url : results.url;
  await using app = new Celery('torture', { broker: redis.url, backend });
  const url = isOneStore ? through : redis.url;
  const env = { CELERY_RESULT_BACKEND: through };
  const worker = startProgram(process.execPath, [WORKER, url, 'parts,bodies'], { env });
  await ready(worker);
  const result = await sendChord(app, 1, { width: 40, ms: 25 });
  const transport = await app.transport();
  await until(async () => (await transport.size('parts')) < 35, {
    ...{ deadlineMs: 20_000, what: 'some members to run' },
  });

  away.blackhole();
  if (!isOneStore) away.cut();
  await sleep(AWAY_MS);
  await away.resume();

  await expect(result.get({ timeout: 40 })).resolves.toBe(1);
  await settled(app, (isOneStore ? redis : results).cli.bind(isOneStore ? redis : results));
  expect(bodiesOf(worker)).toEqual(['body -1 whole', 'body 1 whole']);
});

test(
  'fifty chords of two hundred have a body each while workers are killed',
  { timeout: 300_000 },
  async () => {
    const program = startProgram(process.execPath, [TORTURE, '--seed', '5', '--seconds', '240']);

    const { code } = await program.exited;

    const text = `${program.lines.join('\n')}\n${program.stderr}`;
    expect(code, text).toBe(0);
    expect(text).toContain('50 chords of 200 with seed 5: a body each, whole and in order');
    expect(Number(/(\d+) workers killed/.exec(text)?.[1])).toBeGreaterThan(5);
  },
);
