import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ArgumentsInvalidError } from '../../errors.ts';
import type { Job } from '../../pool/index.ts';
import { createLogger } from '../../util/index.ts';
import { Celery } from '../celery.ts';
import { currentTask, setRuntime } from '../runtime.ts';
import { Runner } from './runner.ts';
import { currentRun } from './running-task.ts';

const app = new Celery('t');
const runner = new Runner({
  tasks: app.tasks,
  nodeName: 'n',
  logger: createLogger({ level: 'CRITICAL' }),
  clock: { now: () => 0 },
  store: async () => {},
});

/** Runs a task with a message of these arguments. */
async function run(name: string, args: readonly unknown[], kwargs: object = {}) {
  const embed = { callbacks: null, errbacks: [{ task: 'told' }], chain: null, chord: null };
  const job: Job = {
    ...{ tag: 'tag', task: name, id: 'i', queue: 'q', bodyEncoding: 'utf-8' },
    headersText: JSON.stringify({ lang: 'py', task: name, id: 'i' }),
    body: JSON.stringify([args, kwargs, embed]),
    ...{ contentType: 'application/json', contentEncoding: 'utf-8', compression: null },
    ...{ replyTo: null, correlationId: 'i', priority: 0, properties: null },
  };
  return runner.run(job);
}

const resultOf = async (...call: Parameters<typeof run>) => {
  const outcome = await run(...call);
  return outcome.kind === 'success' ? JSON.parse(outcome.resultText) : outcome;
};

describe('a task with a schema', () => {
  const calls: unknown[] = [];
  const args = [z.string().trim(), z.coerce.number().default(7)] as const;
  app.task({ name: 'pay', args, autoretryFor: [Error] }, (email, amount) => {
    calls.push([email, amount]);
    return [email, amount];
  });
  app.task(
    { name: 'slow', args: [z.string().refine(async (text) => text !== 'taken', 'is in use')] },
    (name) => currentTask()?.request.id + name,
  );
  app.task(
    { name: 'whole', bind: true, args: z.tuple([z.number()]).rest(z.number()) },
    (task, ...all) => {
      return [task.name, ...all];
    },
  );
  app.task({ name: 'outer', autoretryFor: [ArgumentsInvalidError] }, () => {
    throw new ArgumentsInvalidError('pay', [{ path: 'email', message: 'no' }]);
  });

  test('gets the output of its schemas, and their defaults, also for keywords', async () => {
    expect(await resultOf('pay', [' a '])).toEqual(['a', 7]);
    expect(await resultOf('pay', [], { amount: '3', email: 'b' })).toEqual(['b', 3]);
    expect(await resultOf('whole', [1, 2, 3])).toEqual(['whole', 1, 2, 3]);
  });

  test('is not called with what does not fit, and the message is not tried again', async () => {
    calls.length = 0;

    const outcome = await run('pay', [{ card: 'canary' }, 'x']);

    expect(calls).toEqual([]);
    expect(outcome).toMatchObject({
      kind: 'malformed',
      reason: expect.stringMatching(/^arguments of task 'pay' are invalid: email: .*; amount: /),
      error: { type: 'ArgumentsInvalidError', module: 'celeriac' },
      embed: { errbacks: [{ task: 'told' }] },
    });
    expect(JSON.stringify(outcome)).not.toContain('canary');
  });

  test('waits for a schema that takes its time, and is current while it runs', async () => {
    setRuntime({ isHosted: true, currentTask: () => currentRun.getStore() });

    expect(await resultOf('slow', ['free'])).toBe('ifree');
    expect(await run('slow', ['taken'])).toMatchObject({
      kind: 'malformed',
      reason: "arguments of task 'slow' are invalid: name: is in use",
    });
  });

  test('takes no more arguments than there are, and no unknown keyword', async () => {
    expect(await run('pay', ['a', 1, 2])).toMatchObject({ error: { type: 'TypeError' } });
    expect(await run('slow', [], { volume: 11 })).toMatchObject({ error: { type: 'TypeError' } });
  });

  test('tells its hooks that it failed', async () => {
    const told: unknown[] = [];
    app.task(
      {
        name: 'hooked',
        args: [z.number()],
        onFailure: (context, error) => void told.push(context.name, error),
        after: (_context, ending) => void told.push(ending.state),
      },
      () => {},
    );

    expect((await run('hooked', ['x'])).kind).toBe('malformed');
    expect(told).toEqual(['hooked', expect.any(ArgumentsInvalidError), 'FAILURE']);
  });

  test('fails as ever when it is its own sending that did not fit', async () => {
    expect((await run('outer', [])).kind).toBe('retry');
  });
});

describe('the task that runs', () => {
  app.task({ name: 'bound', bind: true, meta: { team: 'billing' } }, async (task) => {
    await Promise.resolve();
    return [currentTask() === task, task.task === app.tasks.get('bound'), task.task.meta.team];
  });

  test('is known to code that was not handed its context, and is the same', async () => {
    setRuntime({ isHosted: true, currentTask: () => currentRun.getStore() });

    expect(await resultOf('bound', [])).toEqual([true, true, 'billing']);
    expect(currentTask()).toBeUndefined();
  });
});
