import { describe, expect, test } from 'vitest';
import { aJob, NOW_MS, runnerOf } from '../../../test/support/runs.ts';
import type { Outcome } from '../../pool/index.ts';
import { Ignore, Reject, Retry } from '../control.ts';
import type { TaskOptions } from '../task-options.ts';
import { currentRun } from './running-task.ts';

async function fails(options: TaskOptions, error: unknown, headers: object = {}) {
  const { runner, lines } = runnerOf(options, () => Promise.reject(error));
  return { outcome: await runner.run(aJob({ headers })), lines };
}

describe('autoretryFor', () => {
  test('has an error of its classes retried after the default delay', async () => {
    const { outcome } = await fails({ autoretryFor: [TypeError] }, new TypeError('no'));

    expect(outcome).toMatchObject({ kind: 'retry', dueMs: NOW_MS + 180_000 });
    expect(outcome).toMatchObject({ error: { type: 'TypeError', args: ['no'] } });
  });

  test('means classes that extend its own, and leaves other errors alone', async () => {
    class Mine extends TypeError {}
    const options = { autoretryFor: [TypeError] };

    expect((await fails(options, new Mine())).outcome.kind).toBe('retry');
    expect((await fails(options, new RangeError())).outcome.kind).toBe('failure');
    expect((await fails(options, 'a text')).outcome.kind).toBe('failure');
  });

  test('asks a function, of whatever was thrown', async () => {
    const options = { autoretryFor: [(error: unknown) => error === 'busy'] };

    expect((await fails(options, 'busy')).outcome.kind).toBe('retry');
    expect((await fails(options, 'broken')).outcome.kind).toBe('failure');
  });

  test('does not lose an error for a function that throws', async () => {
    const ask = () => {
      throw new Error('in the question');
    };
    const { outcome, lines } = await fails({ autoretryFor: [ask] }, new RangeError('the one'));

    expect(outcome).toMatchObject({ kind: 'failure', error: { type: 'RangeError' } });
    expect(lines[0]).toMatchObject({ level: 'ERROR' });
    expect(lines[0]?.message).toContain('in the question');
  });

  test('leaves what dontAutoretryFor has', async () => {
    const options = { autoretryFor: [Error], dontAutoretryFor: [RangeError] };

    expect((await fails(options, new RangeError())).outcome.kind).toBe('failure');
    expect((await fails(options, new TypeError())).outcome.kind).toBe('retry');
  });

  test('lets Ignore and Reject through', async () => {
    const options = { autoretryFor: [Error] };

    expect((await fails(options, new Ignore())).outcome.kind).toBe('ignored');
    expect((await fails(options, new Reject())).outcome.kind).toBe('rejected');
  });

  test('gives up with the error itself when no tries are left', async () => {
    const options = { autoretryFor: [Error], maxRetries: 2 };

    const last = await fails(options, new RangeError('for good'), { retries: 2 });
    const before = await fails(options, new RangeError('once more'), { retries: 1 });

    expect(last.outcome).toMatchObject({ kind: 'failure', error: { args: ['for good'] } });
    expect(before.outcome.kind).toBe('retry');
  });

  test('counts by retryKwargs.maxRetries where there is one, and waits by its countdown', async () => {
    const options = { autoretryFor: [Error], retryKwargs: { maxRetries: 5, countdown: 7 } };

    const fifth = await fails(options, new Error(), { retries: 4 });

    expect(fifth.outcome).toMatchObject({ kind: 'retry', dueMs: NOW_MS + 7_000 });
    expect((await fails(options, new Error(), { retries: 5 })).outcome.kind).toBe('failure');
  });

  test.each([
    [{ retryBackoff: true, retryJitter: false }, 3, 8],
    [{ retryBackoff: 5, retryJitter: false }, 3, 40],
    [{ retryBackoff: { minutes: 1 }, retryJitter: false }, 1, 120],
    [{ retryBackoff: true, retryJitter: false }, 20, 600],
    [{ retryBackoff: true, retryJitter: false, retryBackoffMax: 30 }, 20, 30],
    [{ retryBackoff: true }, 3, 4],
    [{ retryBackoff: true, retryKwargs: { countdown: 99 } }, 0, 1],
  ])('with %j the retry after %i waits %i seconds', async (backoff, retries, seconds) => {
    const options = { autoretryFor: [Error], maxRetries: null, ...backoff };

    const { outcome } = await fails(options, new Error(), { retries });

    expect(outcome).toMatchObject({ kind: 'retry', dueMs: NOW_MS + seconds * 1000 });
  });

  test('leaves a task alone that was told to stop: it is not its failure', async () => {
    const { runner } = runnerOf({ bind: true, autoretryFor: [Error] }, ((task: {
      signal: AbortSignal;
    }) => {
      const { signal } = task;
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    }) as never);

    const running = runner.run(aJob());
    runner.abort('the worker stops');

    expect((await running).kind).toBe('failure');
  });
});

test('errors that a task throws on purpose are marked, others are not', async () => {
  const options = { throws: [TypeError] };

  expect((await fails(options, new TypeError())).outcome).toMatchObject({ isExpected: true });
  expect((await fails(options, new RangeError())).outcome).not.toHaveProperty('isExpected');
});

test('a beginning is told where its state is stored, by option before setting', async () => {
  const begin = async (options: TaskOptions, taskTrackStarted: boolean) => {
    const { runner, started } = runnerOf(options, () => 1, { settings: { taskTrackStarted } });
    await runner.run(aJob());
    return started;
  };

  expect(await begin({}, false)).toEqual([]);
  expect(await begin({}, true)).toEqual(['i']);
  expect(await begin({ trackStarted: true }, false)).toEqual(['i']);
  expect(await begin({ trackStarted: false }, true)).toEqual([]);
});

test('what a task sends is noted unless it has trail: false', async () => {
  const children = async (trail: boolean): Promise<Outcome['children']> => {
    const { runner } = runnerOf({ trail }, () => {
      currentRun.getStore()?.addChild([['child', null], null]);
    });
    return (await runner.run(aJob())).children;
  };

  expect(await children(true)).toHaveLength(1);
  expect(await children(false)).toHaveLength(0);
});

test.each([
  ['its own', {}, {}],
  ['one of the moment', { maxRetries: null }, { maxRetries: 1 }],
])('a Retry that a task makes itself counts as well: the limit is %s', async (_, task, options) => {
  const exc = new RangeError('why');
  const run = (retries: number, error: unknown) =>
    runnerOf({ maxRetries: 1, ...task }, () => {
      throw error;
    }).runner.run(aJob({ headers: { retries } }));

  expect((await run(0, new Retry(options))).kind).toBe('retry');
  expect(await run(1, new Retry(options))).toMatchObject({
    ...{ kind: 'failure', error: { type: 'MaxRetriesExceededError' } },
  });
  expect(await run(1, new Retry({ ...options, exc }))).toMatchObject({
    ...{ kind: 'failure', error: { type: 'RangeError' } },
  });
});

test.each([
  { countdown: '5' },
  { eta: new Date(Number.NaN) },
  { eta: '2026-01-01' },
  { countdown: 1, eta: new Date() },
])('a retry with %j fails its task with what is wrong', async (options) => {
  const { runner } = runnerOf({}, () => {
    throw new Retry(options as never);
  });

  expect(await runner.run(aJob())).toMatchObject({
    ...{ kind: 'failure', error: { type: 'ConfigError' } },
  });
});

test('a task whose annotations do not hold in its executor is refused', async () => {
  const taskAnnotations = { 't.it': { maxRetries: 'two' as never } };
  const { runner } = runnerOf({}, () => 1, { settings: { taskAnnotations } });

  expect(await runner.run(aJob())).toMatchObject({
    ...{ kind: 'malformed', reason: expect.stringContaining("'taskAnnotations'") },
  });
});
