import { expect, test } from 'vitest';
import { aContext, anApp, handSignals, recordedIo } from '../../../test/support/cli.ts';
import { createDeferred } from '../../util/index.ts';
import type { BannerFacts, WorkerOptions } from '../../worker/index.ts';
import { type DrivenWorker, type WorkerFlags, workerCommand } from './worker.ts';

// Errors only: the command's own lines would go to this process's standard error.
const flags: WorkerFlags = {
  ...{ queues: [], excludeQueues: [], concurrency: undefined, pool: undefined },
  ...{ loglevel: 'critical', hostname: undefined, include: [] },
};

const banner: BannerFacts = {
  ...{ nodeName: 'w@host', app: 'tut2', version: '1.2.3', broker: 'redis://', backend: null },
  ...{ queues: ['celery'], pool: 'threads', concurrency: 2, ackMode: 'late', connections: 3 },
  tasks: ['tut2.add'],
};

/** A worker that starts when it is let, and ends when it is stopped. */
function aWorker(started: Promise<void> = Promise.resolve()) {
  const finished = createDeferred();
  const seen: { options?: WorkerOptions; stops: number } = { stops: 0 };
  const driven: DrivenWorker = {
    banner,
    finished: finished.promise,
    start: () => started,
    stop: async () => {
      seen.stops += 1;
      finished.resolve();
    },
  };
  const command = workerCommand(async (options) => {
    seen.options = options;
    return driven;
  });
  return { command, seen };
}

test('it starts a worker with what was said, and ends well when that is stopped', async () => {
  const { command, seen } = aWorker();
  const [io, signals, app] = [recordedIo(), handSignals(), anApp()];
  const options = {
    ...flags,
    queues: ['a', 'b'],
    excludeQueues: ['c'],
    concurrency: 2,
    pool: 'async',
    hostname: 'w@x',
  };

  const running = command.run(aContext(options, { io, signals, app, module: 'tut2.ts' }));
  await expect.poll(() => io.printed.length).toBe(1);
  signals.send('SIGTERM');

  expect(await running).toBe(0);
  expect(seen.options).toMatchObject({
    ...{
      apps: [app],
      module: 'tut2.ts',
      queues: ['a', 'b'],
      excludeQueues: ['c'],
      concurrency: 2,
      pool: 'async',
    },
    ...{ nodeName: 'w@x', logLevel: 'CRITICAL' },
  });
  expect(io.printed[0]).toContain('node: w@host');
});

test('what was not said is left to the settings', async () => {
  const { command, seen } = aWorker();
  const signals = handSignals();

  const running = command.run(aContext(flags, { io: recordedIo(), signals, module: 'tut2.ts' }));
  await expect.poll(() => signals.listeners).toBe(1);
  signals.send('SIGINT');
  await running;

  const given = Object.keys(seen.options ?? {}).sort();
  expect(given).toEqual(['apps', 'logLevel', 'logger', 'module']);
});

test('--include is handed to the worker', async () => {
  const { command, seen } = aWorker();
  const signals = handSignals();
  const options = { ...flags, include: ['jobs/mail', 'jobs/pay'] };

  const running = command.run(aContext(options, { io: recordedIo(), signals, module: 'a.ts' }));
  await expect.poll(() => signals.listeners).toBe(1);
  signals.send('SIGINT');
  await running;

  expect(seen.options?.include).toEqual(['jobs/mail', 'jobs/pay']);
});

test('every signal is passed on, and none is listened to afterwards', async () => {
  const { command, seen } = aWorker();
  const [io, signals] = [recordedIo(), handSignals()];

  const running = command.run(aContext(flags, { io, signals, module: 'tut2.ts' }));
  await expect.poll(() => io.printed.length).toBe(1);
  signals.send('SIGINT');
  signals.send('SIGTERM');
  await running;

  expect(seen.stops).toBe(2);
  expect(signals.listeners).toBe(0);
});

test('a worker that is stopped before it could connect ends well, without a banner', async () => {
  const started = createDeferred();
  const { command } = aWorker(started.promise);
  const [io, signals] = [recordedIo(), handSignals()];

  const running = command.run(aContext(flags, { io, signals, module: 'tut2.ts' }));
  await expect.poll(() => signals.listeners).toBe(1);
  signals.send('SIGINT');
  started.reject(new Error('stopped'));

  expect(await running).toBe(0);
  expect(io.printed).toEqual([]);
});

test('a worker that cannot start fails with its error', async () => {
  const { command } = aWorker(Promise.reject(new Error('wrong password')));
  const signals = handSignals();

  const running = command.run(aContext(flags, { io: recordedIo(), signals, module: 'tut2.ts' }));

  await expect(running).rejects.toThrow('wrong password');
  expect(signals.listeners).toBe(0);
});

test('--quiet prints no banner', async () => {
  const { command } = aWorker();
  const [io, signals] = [recordedIo(), handSignals()];

  const context = aContext(flags, { io, signals, module: 'tut2.ts', isQuiet: true });
  const running = command.run(context);
  await expect.poll(() => signals.listeners).toBe(1);
  signals.send('SIGINT');
  await running;

  expect(io.printed).toEqual([]);
});

test('a concurrency that the pool cannot have is refused', async () => {
  const { command } = aWorker();
  const options = { ...flags, pool: 'solo', concurrency: 2 };

  const running = command.run(aContext(options, { io: recordedIo(), module: 'tut2.ts' }));

  await expect(running).rejects.toThrow("the pool 'solo' runs one task at a time");
});
