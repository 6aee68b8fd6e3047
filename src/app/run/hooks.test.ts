import { describe, expect, test } from 'vitest';
import { aJob, runnerOf } from '../../../test/support/runs.ts';
import { EncodeError } from '../../errors.ts';
import type { Outcome } from '../../pool/index.ts';
import type { TaskContext, TaskHooks } from '../context.ts';
import { Ignore, Reject, Retry } from '../control.ts';
import type { TaskOptions } from '../task-options.ts';
import { currentRun } from './running-task.ts';

/** Hooks that note when they are called, and with what. */
function noting(calls: unknown[], who: string): Required<TaskHooks> {
  return {
    before: () => calls.push(`${who} before`),
    onSuccess: (_, result) => calls.push([`${who} onSuccess`, result]),
    onFailure: (_, error) => calls.push([`${who} onFailure`, error]),
    onRetry: (_, error) => calls.push([`${who} onRetry`, error]),
    onReplace: (_, { data }) => void calls.push([`${who} onReplace`, data.task]),
    after: (_, ending) => calls.push([`${who} after`, ending]),
  };
}

/** Runs a task with noting hooks of its own to its end. */
async function noted(fn: (...args: never[]) => unknown, options: TaskOptions = {}) {
  const calls: unknown[] = [];
  const { runner, lines } = runnerOf({ ...noting(calls, 'own'), ...options }, fn);
  return { outcome: await runner.run(aJob()), calls, lines };
}

function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

describe('hooks of a task', () => {
  test('are called before it, when it has succeeded and after it', async () => {
    const { outcome, calls } = await noted(() => 7);

    expect(outcome).toMatchObject({ kind: 'success', resultText: '7' });
    expect(calls).toEqual([
      'own before',
      ['own onSuccess', 7],
      ['own after', { state: 'SUCCESS', result: 7 }],
    ]);
  });

  test('are told of a failure with the very error', async () => {
    const error = new RangeError('no');

    const { outcome, calls } = await noted(throwing(error));

    expect(outcome).toMatchObject({ kind: 'failure', error: { type: 'RangeError' } });
    expect(calls).toEqual([
      'own before',
      ['own onFailure', error],
      ['own after', { state: 'FAILURE', error }],
    ]);
  });

  test('are told of a retry alone, with what it is for', async () => {
    const error = new RangeError('busy');

    const { calls } = await noted(throwing(new Retry({ exc: error, countdown: 1 })));
    const automatic = await noted(throwing(error), { autoretryFor: [RangeError] });

    expect(calls).toEqual(['own before', ['own onRetry', error]]);
    expect(automatic.calls).toEqual(['own before', ['own onRetry', error]]);
  });

  test('are not told of a task that was ignored or turned away', async () => {
    expect((await noted(throwing(new Ignore()))).calls).toEqual(['own before']);
    expect((await noted(throwing(new Reject()))).calls).toEqual(['own before']);
  });

  test('are told of a result that cannot be stored as of a failure', async () => {
    const { calls } = await noted(() => new Map([[{}, 1]]));

    expect(calls[1]).toEqual(['own onFailure', expect.any(EncodeError)]);
  });

  test('are awaited, one after the other', async () => {
    const calls: string[] = [];
    const slow = (name: string) => async () => {
      await Promise.resolve();
      calls.push(name);
    };
    const hooks = { before: slow('before'), onSuccess: slow('onSuccess'), after: slow('after') };
    const { runner } = runnerOf(hooks, () => calls.push('run'));

    await runner.run(aJob());

    expect(calls).toEqual(['before', 'run', 'onSuccess', 'after']);
  });

  test('share one context with the task, and what they send is of the task', async () => {
    const seen: unknown[] = [];
    const before = (context: TaskContext) => {
      seen.push(context);
      currentRun.getStore()?.addChild([['sent', null], null]);
    };
    const { runner } = runnerOf({ bind: true, before }, ((context: TaskContext) => {
      seen.push(context, context.request.id);
    }) as never);

    const { children } = await runner.run(aJob());

    expect(seen[1]).toBe(seen[0]);
    expect(seen[2]).toBe('i');
    expect(children).toEqual([[['sent', null], null]]);
  });

  test('have a context although the task has none', async () => {
    const seen: unknown[] = [];
    const after = ({ request, name }: TaskContext) => seen.push(request.id, name);
    const { runner } = runnerOf({ after }, (...args: unknown[]) => seen.push(args.length));

    await runner.run(aJob());

    expect(seen).toEqual([0, 'i', 't.it']);
  });
});

describe('a hook that throws', () => {
  const kinds: [error: unknown, kind: Outcome['kind']][] = [
    [new RangeError('closed'), 'failure'],
    [new Retry({ countdown: 1 }), 'retry'],
    [new Ignore(), 'ignored'],
    [new Reject(), 'rejected'],
  ];

  test.each(kinds)('before the task ends it: %s is %s', async (error, kind) => {
    const runs: string[] = [];
    const { outcome } = await noted(() => runs.push('run'), { before: throwing(error) });

    expect(outcome.kind).toBe(kind);
    expect(runs).toEqual([]);
  });

  test('before the task makes it run again by itself, as if the function had thrown it', async () => {
    const options = { before: throwing(new RangeError()), autoretryFor: [RangeError] };

    const { outcome } = await noted(() => 1, options);

    expect(outcome.kind).toBe('retry');
  });

  test.each(['onSuccess', 'after'] as const)(
    'in %s changes nothing and is logged',
    async (name) => {
      const { outcome, lines } = await noted(() => 1, { [name]: throwing(new RangeError('late')) });

      expect(outcome).toMatchObject({ kind: 'success', resultText: '1' });
      expect(lines).toMatchObject([{ level: 'ERROR', taskName: 't.it', taskId: 'i' }]);
      expect(lines[0]?.message).toMatch(new RegExp(`hook '${name}' of t\\.it\\[i\\].*late`, 's'));
    },
  );

  test('keeps no other one from being called', async () => {
    const { calls } = await noted(() => 1, { onSuccess: throwing(new Error()) });

    expect(calls).toEqual(['own before', ['own after', { state: 'SUCCESS', result: 1 }]]);
  });
});

test("an app's hooks lie around a task's own, the first ones outermost", async () => {
  const calls: unknown[] = [];
  const { app, runner } = runnerOf(noting(calls, 'own'), () => 1);
  app.use(noting(calls, 'outer'));
  app.use(noting(calls, 'inner'));

  await runner.run(aJob());

  expect(calls.map((call) => (Array.isArray(call) ? call[0] : call))).toEqual([
    ...['outer before', 'inner before', 'own before'],
    ...['own onSuccess', 'inner onSuccess', 'outer onSuccess'],
    ...['own after', 'inner after', 'outer after'],
  ]);
});

test('a hook that was not called before a task, as one around it threw, is not called after it', async () => {
  const calls: unknown[] = [];
  const { app, runner } = runnerOf(noting(calls, 'own'), () => 1);
  app.use({ ...noting(calls, 'outer'), before: throwing(new RangeError('no')) });

  await runner.run(aJob());

  expect(calls.map((call) => (Array.isArray(call) ? call[0] : call))).toEqual([
    'outer onFailure',
    'outer after',
  ]);
});

test('a task that was told to stop has not failed for its hooks: it will run again', async () => {
  const calls: unknown[] = [];
  const { runner } = runnerOf({ ...noting(calls, 'own'), bind: true }, ((context: TaskContext) => {
    runner.abort('the worker stops');
    throw context.signal.reason;
  }) as never);

  expect((await runner.run(aJob())).kind).toBe('failure');
  expect(calls).toEqual(['own before']);
});

test('what is no hook is refused', () => {
  const { app } = runnerOf({}, () => 1);

  expect(() => app.use({ befor: () => 1 } as TaskHooks)).toThrow(/did you mean 'before'/);
  expect(() => app.use({ before: 1 } as unknown as TaskHooks)).toThrow(/must be a function/);
  expect(() => app.task({ name: 'x', after: 1 } as never, () => 1)).toThrow(/must be a function/);
});
