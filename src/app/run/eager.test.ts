import { afterEach, describe, expect, test, vi } from 'vitest';
import { chain, group } from '../../canvas/index.ts';
import {
  EncodeError,
  NotRegisteredError,
  ResultIgnoredError,
  ResultTimeoutError,
  TaskFailedError,
} from '../../errors.ts';
import { encodeResultMeta, type OutgoingMessage, type ResultMeta } from '../../protocol/index.ts';
import type { Transport } from '../../transports/index.ts';
import { createLogger } from '../../util/index.ts';
import { Celery } from '../celery.ts';
import type { CeleryOptions } from '../celery-options.ts';
import type { TaskContext, TaskRequest } from '../context.ts';
import { Ignore } from '../control.ts';
import { setRuntime } from '../runtime.ts';
import { currentRun } from './running-task.ts';

afterEach(() => setRuntime({ isHosted: false }));

/** An app whose broker notes what it is sent; nothing may reach it unless a test says so. */
function open(options: CeleryOptions = {}) {
  const published: OutgoingMessage[] = [];
  const publish = async (messages: readonly OutgoingMessage[]) => void published.push(...messages);
  const transport = { publish, close: async () => {} } as unknown as Transport;
  const lines: { level: string; message: string }[] = [];
  const stream = { write: (text: string) => void lines.push(JSON.parse(text)) };
  const logger = createLogger({ level: 'INFO', stream, format: 'json' });
  const currentTask = () => currentRun.getStore();
  setRuntime({ isHosted: false, logger, currentTask, openTransport: async () => transport });
  const app = new Celery('t', { broker: 'redis://', ...options });
  const add = app.task({ name: 't.add' }, (a: number, b: number) => a + b);
  return { app, add, published, lines };
}

const boom = new RangeError('boom');

describe('apply', () => {
  test('runs a task here, and gives the handle of its result', async () => {
    const { add, published } = open();

    const result = await add.apply([2, 3]);

    await expect(result.get()).resolves.toBe(5);
    await expect(result.state()).resolves.toBe('SUCCESS');
    await expect(result.successful()).resolves.toBe(true);
    expect(published).toEqual([]);
  });

  test('takes keywords and options, as applyAsync does', async () => {
    const { add } = open();

    const result = await add.apply([2], { kwargs: { b: 5 }, taskId: 'own', countdown: 60 });

    expect(result.id).toBe('own');
    await expect(result.get()).resolves.toBe(7);
  });

  test('encodes arguments and results as they travel', async () => {
    const { app } = open();
    const seen: unknown[] = [];
    const keep = app.task({ name: 't.keep' }, (value: unknown) => {
      seen.push(value);
      return { at: new Date(0), nothing: undefined };
    });
    const given = { deep: [new Date(86_400_000)] };

    const result = await keep.apply([given]);

    expect(seen).toEqual([given]);
    expect(seen[0]).not.toBe(given);
    await expect(result.get()).resolves.toEqual({ at: new Date(0) });
    await expect(keep.apply([() => {}])).rejects.toBeInstanceOf(EncodeError);
  });

  test('has a failure thrown by get, with the error itself as its cause', async () => {
    const { app } = open();
    const fail = app.task({ name: 't.fail' }, (): number => {
      throw boom;
    });

    const result = await fail.apply();
    const error = await result.get().catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(TaskFailedError);
    expect(error).toMatchObject({ remote: { type: 'RangeError', args: ['boom'] }, cause: boom });
    await expect(result.failed()).resolves.toBe(true);
    await expect(result.traceback()).resolves.toContain('RangeError: boom');
  });

  test('throws what the task throws if it is told to, by option or by setting', async () => {
    const { app } = open();
    const fail = app.task({ name: 't.fail' }, () => Promise.reject(boom));
    const strict = open({ taskEagerPropagates: true }).app;
    const strictFail = strict.task({ name: 't.fail' }, () => Promise.reject(boom));

    await expect(fail.apply([], { throw: true })).rejects.toBe(boom);
    await expect(strictFail.apply()).rejects.toBe(boom);
    await expect(strictFail.apply([], { throw: false })).resolves.toBeDefined();
  });

  test('retries at once, with the arguments and the request of the next try', async () => {
    const { app } = open();
    const seen: unknown[] = [];
    const flaky = app.task(
      { name: 't.flaky', bind: true, maxRetries: 5 },
      (task, left: number): number => {
        const { retries, id, isEager } = task.request;
        seen.push({ retries, id, isEager, left });
        if (left > 0) throw task.retry({ countdown: 3600, args: [left - 1] });
        return retries;
      },
    );

    const result = await flaky.apply([2], { taskId: 'i' });

    await expect(result.get()).resolves.toBe(2);
    expect(seen).toEqual([
      { retries: 0, id: 'i', isEager: true, left: 2 },
      { retries: 1, id: 'i', isEager: true, left: 1 },
      { retries: 2, id: 'i', isEager: true, left: 0 },
    ]);
  });

  test('fails with the last error once no tries are left', async () => {
    const { app } = open();
    let runs = 0;
    const options = { name: 't.fail', autoretryFor: [RangeError], maxRetries: 2 };
    const fail = app.task(options, (): number => {
      runs += 1;
      throw boom;
    });

    await expect((await fail.apply()).get()).rejects.toMatchObject({ cause: boom });
    expect(runs).toBe(3);
  });

  test('calls hooks, and lets a task store a state of its own', async () => {
    const { app } = open();
    const calls: string[] = [];
    app.use({ before: () => calls.push('before'), after: ({ request }) => calls.push(request.id) });
    const stuck = app.task({ name: 't.stuck', bind: true }, async (task) => {
      await task.progress({ done: 1 });
      throw new Ignore();
    });

    const result = await stuck.apply([], { taskId: 'i' });

    expect(calls).toEqual(['before']);
    await expect(result.state()).resolves.toBe('PROGRESS');
    await expect(result.info()).resolves.toEqual({ done: 1 });
  });

  test('has no result to wait for where a task was ignored: get rejects at once', async () => {
    const { app } = open();
    const ignored = app.task({ name: 't.ignored' }, (): number => {
      throw new Ignore();
    });

    await expect((await ignored.apply()).get()).rejects.toBeInstanceOf(ResultTimeoutError);
  });

  test('shows the task what a worker would show it', async () => {
    const { app } = open();
    const look = app.task({ name: 't.look', bind: true }, (task): TaskRequest => {
      const { queue, deliveryInfo, headers, rootId, parentId } = task.request;
      return { queue, deliveryInfo, headers, rootId, parentId } as TaskRequest;
    });

    const result = await look.apply([], { taskId: 'i', queue: 'q', headers: { 'x-own': 1 } });

    await expect(result.get()).resolves.toEqual({
      ...{ queue: 'q', headers: { 'x-own': 1 }, rootId: 'i', parentId: null },
      deliveryInfo: { exchange: '', routingKey: 'q', priority: 0, redelivered: false },
    });
  });

  test('has what a task applies as its child, and that knows its parent', async () => {
    const { app, add } = open();
    const look = app.task({ name: 't.look', bind: true }, (task) => task.request.parentId);
    const outer = app.task({ name: 't.outer' }, async () => {
      const inner = await look.apply();
      await add.apply([1, 1]);
      await add.apply([1, 1], { addToParent: false });
      return inner.get();
    });

    const result = await outer.apply([], { taskId: 'parent' });

    await expect(result.get()).resolves.toBe('parent');
    await expect(result.children()).resolves.toHaveLength(2);
  });

  test.each(['json', 'yaml', 'msgpack'] as const)('speaks %s', async (serializer) => {
    const { add } = open({ acceptContent: [serializer] });

    const result = await add.apply([2, 3], { serializer, compression: 'zlib' });

    await expect(result.get()).resolves.toBe(5);
  });

  test('refuses a task that is not here, before anything runs', async () => {
    const { app, add } = open();
    const remote = app.signature<number>('py.remote', [1]);

    await expect(remote.apply()).rejects.toBeInstanceOf(NotRegisteredError);
    await expect(group([add.s(1, 1), remote]).apply()).rejects.toBeInstanceOf(NotRegisteredError);
  });

  test('refuses what only sending has', async () => {
    const { add } = open();

    await expect(add.apply([1, 1], { deadline: 1 } as object)).rejects.toThrow("'deadline'");
  });
});

describe('apply of a signature', () => {
  test('gives a chain to the end, each step with its own handle', async () => {
    const { add } = open();

    const result = await chain(add.s(1, 2), add.s(10), add.s(100)).apply();

    await expect(result.get()).resolves.toBe(113);
    await expect(result.parent?.get()).resolves.toBe(13);
    await expect(result.parent?.parent?.get()).resolves.toBe(3);
  });

  test('fails what follows a step that fails, as a worker does', async () => {
    const { app, add } = open();
    const fail = app.task({ name: 't.fail' }, (_: number): number => {
      throw boom;
    });

    const result = await chain(add.s(1, 2), fail.s(), add.s(100)).apply();

    await expect(result.get()).rejects.toMatchObject({ remote: { type: 'RangeError' } });
    await expect(result.state()).resolves.toBe('FAILURE');
  });

  test('fails a step that is not here, and only that', async () => {
    const { app, add } = open();

    const result = await chain(add.s(1, 2), app.signature<number>('py.remote')).apply();

    await expect(result.get()).rejects.toMatchObject({ remote: { type: 'NotRegistered' } });
    await expect(result.parent?.get()).resolves.toBe(3);
  });

  test('runs the members of a group in their order', async () => {
    const { app, add } = open();
    const order: number[] = [];
    const note = app.task({ name: 't.note' }, async (n: number) => order.push(n));

    const result = await group([note.s(1), note.s(2), note.s(3)]).apply();
    const sums = await group([add.s(1), add.s(2)]).apply({ args: [10] });

    expect(order).toEqual([1, 2, 3]);
    await expect(result.get()).resolves.toEqual([1, 2, 3]);
    await expect(sums.get()).resolves.toEqual([11, 12]);
  });

  test('runs callbacks with the result', async () => {
    const { app, add } = open();
    const heard: number[] = [];
    const hear = app.task({ name: 't.hear' }, (value: number) => void heard.push(value));

    const result = await add.apply([2, 3], { link: hear.s() });

    expect(heard).toEqual([5]);
    await expect(result.children()).resolves.toHaveLength(1);
  });

  test('runs errbacks with the id of the task that failed', async () => {
    const { app } = open();
    const heard: string[] = [];
    const hear = app.task({ name: 't.hear' }, (id: string) => void heard.push(id));
    const fail = app.task({ name: 't.fail' }, (): number => {
      throw boom;
    });

    await fail.apply([], { taskId: 'i', linkError: hear.s() });

    expect(heard).toEqual(['i']);
  });
});

describe('with taskAlwaysEager', () => {
  const eager = { taskAlwaysEager: true };

  test('what was given up before is not run', async () => {
    const { app } = open(eager);
    const run = vi.fn();
    const task = app.task({ name: 't.run' }, () => run());
    const signal = AbortSignal.abort(new Error('enough'));

    await expect(task.applyAsync([], { signal })).rejects.toThrow('enough');

    expect(run).not.toHaveBeenCalled();
  });

  test('calls and signatures run here', async () => {
    const { app, add, published } = open(eager);

    const sums = [
      await add.delay(1, 2),
      await add.applyAsync([3, 4]),
      await app.sendTask<number>('t.add', [5, 6]),
      await add.s(7).delay(8),
      await chain(add.s(1, 1), add.s(1)).applyAsync(),
    ];

    expect(await Promise.all(sums.map((sum) => sum.get()))).toEqual([3, 7, 11, 15, 3]);
    expect(published).toEqual([]);
  });

  test('what is not here is sent, with one warning', async () => {
    const { app, add, published, lines } = open(eager);

    await app.sendTask('py.one');
    await app.sendTask('py.two');
    await group([add.s(1, 1), app.signature('py.three')]).applyAsync();

    expect(published.map(({ headers }) => headers.task)).toEqual([
      ...['py.one', 'py.two', 't.add', 'py.three'],
    ]);
    expect(lines).toMatchObject([{ level: 'WARNING' }]);
    expect(lines[0]?.message).toContain("'py.one' is not registered");
  });

  test('an ignored result is refused, as it would be without', async () => {
    const { add } = open(eager);

    const result = await add.applyAsync([1, 1], { ignoreResult: true });

    await expect(result.get()).rejects.toBeInstanceOf(ResultIgnoredError);
  });

  test('taskEagerPropagates has the call itself throw', async () => {
    const { app } = open({ ...eager, taskEagerPropagates: true });
    const fail = app.task({ name: 't.fail' }, (): number => {
      throw boom;
    });

    await expect(fail.delay()).rejects.toBe(boom);
  });
});

describe('the store of results', () => {
  /** An app, and what reaches its store. */
  function stored(options: CeleryOptions) {
    const { app, add } = open({ ...options, backend: 'redis://' });
    const documents: Record<string, unknown>[] = [];
    vi.spyOn(app, 'storingBackend').mockResolvedValue({
      write: (meta: ResultMeta) => ({ document: encodeResultMeta(meta) }),
      apply: async (writes: readonly { document: string }[]) => {
        documents.push(...writes.map(({ document }) => JSON.parse(document)));
      },
    } as never);
    return { app, add, documents };
  }

  test('is left alone, unless taskStoreEagerResult or the task says otherwise', async () => {
    const { app, add, documents } = stored({});
    const kept = app.task({ name: 't.kept', storeEagerResult: true }, () => 'kept');
    await add.apply([1, 1]);
    await kept.apply([], { taskId: 'i' });

    expect(documents).toMatchObject([{ task_id: 'i', status: 'SUCCESS', result: 'kept' }]);
  });

  test('has with taskStoreEagerResult what a worker would store', async () => {
    const { app, documents } = stored({ taskStoreEagerResult: true, resultExtended: true });
    const stages = app.task({ name: 't.stages', bind: true }, async (task: TaskContext) => {
      await task.progress(50);
      throw task.request.retries === 0 ? task.retry({ exc: boom }) : boom;
    });
    const quiet = app.task({ name: 't.quiet', ignoreResult: true }, () => 1);

    await stages.apply([], { taskId: 'i' });
    await quiet.apply();

    expect(documents.map(({ status }) => status)).toEqual([
      ...['PROGRESS', 'RETRY', 'PROGRESS', 'FAILURE'],
    ]);
    expect(documents[3]).toMatchObject({ task_id: 'i', name: 't.stages', retries: 1, args: [] });
  });
});

test('with throw: true a message that nobody may read is an error as well', async () => {
  const strict = new Celery('strict', { acceptContent: ['yaml'] });
  const add = strict.task(function add(a: number) {
    return a;
  });

  await expect(add.apply([1], { throw: true })).rejects.toThrow("add 'json' to 'acceptContent'");
});
