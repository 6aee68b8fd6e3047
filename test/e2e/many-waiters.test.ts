import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { openBackend } from '../../src/backends/index.ts';
import { Celery } from '../../src/index.ts';
import type { ResultTuple } from '../../src/protocol/index.ts';
import { aResult } from '../conformance/data.ts';
import { type RunningProgram, startTypeScript } from '../support/process.ts';
import { useRedis } from '../support/redis.ts';
import { until } from '../support/waits.ts';

const PROGRAM = new URL('../fixtures/many-waiters.ts', import.meta.url);
const COUNT = 10_000;

const redis = useRedis({ args: ['--appendonly', 'yes'] });

function startWaiting(...more: string[]): RunningProgram {
  return startTypeScript(PROGRAM, [redis().url, String(COUNT), ...more], ['--expose-gc']);
}

const subscribers = async (): Promise<number> => {
  const clients = await redis().cli('CLIENT', 'LIST', 'TYPE', 'pubsub');
  return clients.split('\n').filter(Boolean).length;
};

function numbersOf(program: RunningProgram, start: string): number[] {
  const lines = program.lines.filter((line) => line.startsWith(start));
  return lines.map((line) => Number(line.split(' ')[1]));
}

async function openStore() {
  const backend = await openBackend(redis().url, {
    ...{ expiresMs: 600_000, connectTimeoutMs: 10_000, jsonTypes: 'typed' },
  });
  onTestFinished(() => backend.close());
  return backend;
}

test('ten thousand results are waited for over one subscriber, with no timer each, and leave nothing behind', async () => {
  await redis().cli('CONFIG', 'RESETSTAT');
  const program = startWaiting();
  let mostSubscribers = 0;
  let isOver = false;
  const counting = (async () => {
    while (!isOver) {
      mostSubscribers = Math.max(mostSubscribers, await subscribers());
      await Promise.race([program.exited, sleep(250)]);
    }
  })();

  const { code } = await program.exited;
  isOver = true;
  await counting;

  console.log(program.lines.join('\n'));
  expect({ code, stderr: program.stderr }).toEqual({ code: 0, stderr: '' });
  expect(mostSubscribers).toBe(1);
  expect(Math.max(...numbersOf(program, 'timers'))).toBeLessThan(100);
  // of 30,000 results; what is kept of one, or of the waiting for it, would be some hundred bytes each
  expect(numbersOf(program, 'grown')[0]).toBeLessThan(2_000);
}, 120_000);

test('all of ten thousand waits end with their results, though the store ends twice and nobody listens when they come', async () => {
  const program = startWaiting('restarted');
  const backend = await openStore();
  const known = (line: string) => () => program.lines.includes(line) || program.stderr !== '';
  await until(known('waiting'), { deadlineMs: 60_000, what: 'the program' });
  const connections: number[] = [];

  for (let stored = 0; stored < COUNT; stored += 5_000) {
    const some = Array.from({ length: 5_000 }, (_, at) => `many-${stored + at}`);
    const writes = some.map((result) =>
      backend.write(aResult({ taskId: `restarted${result}`, result })),
    );
    connections.push(await subscribers());
    process.kill(program.pid, 'SIGSTOP');
    await redis().kill();
    await redis().restart();
    await until(() => backend.apply(writes).then(...[() => true, () => false]), {
      ...{ deadlineMs: 30_000, what: 'the store' },
    });
    process.kill(program.pid, 'SIGCONT');
    const last = stored + 5_000;
    await until(known(`seen ${last}`), {
      ...{ deadlineMs: 60_000, what: () => `${last} results: ${program.lines}` },
    });
  }
  const { code } = await program.exited;

  console.log(program.lines.join('\n'));
  expect({ code, stderr: program.stderr }).toEqual({ code: 0, stderr: '' });
  expect(Math.max(...connections)).toBe(1);
  expect(numbersOf(program, 'grown')[0]).toBeLessThan(2_000);
}, 120_000);

test('how ten thousand stand is asked with twenty commands, and of those that have ended never again', async () => {
  const app = new Celery('many', { broker: redis().url, backend: redis().url });
  onTestFinished(() => app.close());
  const backend = await openStore();
  const ids = Array.from({ length: COUNT }, (_, at) => `t${at}`);
  const tuple: ResultTuple = [['g', null], ids.map((id): ResultTuple => [[id, null], null])];
  const group = app.resultFromTuple(tuple);
  if (!('completedCount' in group)) throw new Error('no group');
  const done = ids.slice(0, 7_000).map((taskId) => backend.write(aResult({ taskId })));
  for (let from = 0; from < done.length; from += 1_000) {
    await backend.apply(done.slice(from, from + 1_000));
  }
  await redis().cli('CONFIG', 'RESETSTAT');

  const answers = [await group.completedCount(), await group.ready(), await group.failed()];

  expect(answers).toEqual([7_000, false, false]);
  const stats = await redis().cli('INFO', 'commandstats');
  const calls = [...stats.matchAll(/cmdstat_(m?get):calls=(\d+)/g)];
  expect(calls.map(([, name, count]) => [name, Number(count)])).toEqual([['mget', 20 + 6 + 6]]);
});
