import { afterEach, describe, expect, test } from 'vitest';
import { chain, chord, chunks, group } from '../../canvas/index.ts';
import { TaskFailedError } from '../../errors.ts';
import { Celery } from '../celery.ts';
import type { CeleryOptions } from '../celery-options.ts';
import { Ignore, Reject } from '../control.ts';
import { setRuntime } from '../runtime.ts';
import { currentRun } from './running-task.ts';

afterEach(() => setRuntime({ isHosted: false }));

/** An app that may send nothing, and what its tasks did, in order. */
function open(options: CeleryOptions = {}) {
  const currentTask = () => currentRun.getStore();
  const openTransport = () => Promise.reject(new Error('an eager task was sent'));
  setRuntime({ isHosted: false, currentTask, openTransport });
  const app = new Celery('t', { broker: 'redis://', ...options });
  const log: string[] = [];
  const add = app.task({ name: 't.add' }, (a: number, b: number) => {
    log.push(`add ${a} ${b}`);
    return a + b;
  });
  const sum = app.task({ name: 't.sum' }, (numbers: readonly number[]) => {
    log.push(`sum ${numbers.join(' ')}`);
    return numbers.reduce((total, each) => total + each, 0);
  });
  const fail = app.task({ name: 't.fail' }, (why: string): number => {
    throw new RangeError(why);
  });
  const note = app.task({ name: 't.note' }, (id: string) => void log.push(`note ${id}`));
  return { app, log, add, sum, fail, note };
}

describe('an eager canvas', () => {
  test('runs a header in order, then the body with its results', async () => {
    const { add, sum, log } = open();

    const result = await chord([add.s(1, 1), add.s(2, 2), add.s(3, 3)], sum.s()).apply();

    await expect(result.get()).resolves.toBe(12);
    expect(log).toEqual(['add 1 1', 'add 2 2', 'add 3 3', 'sum 2 4 6']);
    await expect(result.parent?.get()).resolves.toEqual([2, 4, 6]);
  });

  test('goes through chords in chains, groups in headers, and chords in chords', async () => {
    const { add, sum } = open();
    const inner = chord([add.s(1, 1), chain([add.s(1, 2), add.s(3)])], sum.s());

    const chained = await chain([
      add.s(1, 2),
      group([add.s(1), add.s(2)]),
      sum.s(),
      add.s(100),
    ]).apply();
    const nested = await chord([inner, add.s(5, 5)], sum.s()).apply();

    await expect(chained.get()).resolves.toBe(109);
    await expect(nested.get()).resolves.toBe(18);
  });

  test('hands a body lists in lists where a member of its header ends in a group', async () => {
    const { app, add } = open();
    const flat = app.task({ name: 't.flat' }, (values: unknown) => JSON.stringify(values));
    const header = [chain([add.s(1, 1), group([add.s(10), add.s(20)])]), add.s(0, 7)];

    const result = await chord(header, flat.s()).apply();

    await expect(result.get()).resolves.toBe('[[12, 22], 7]'.replaceAll(' ', ''));
  });

  test('maps and starmaps in one task, and sends chunks', async () => {
    const { app, add } = open();
    const twice = app.task({ name: 't.twice' }, async (n: number) => n * 2);

    await expect((await twice.map([1, 2]).apply()).get()).resolves.toEqual([2, 4]);
    const pairs: [number, number][] = [
      [1, 2],
      [3, 4],
      [5, 6],
    ];
    await expect((await add.starmap(pairs).apply()).get()).resolves.toEqual([3, 7, 11]);
    await expect((await chunks(add.s(), pairs, 2).apply()).get()).resolves.toEqual([[3, 7], [11]]);
  });

  test('has a failed member fail the body with its name, and run its errback once', async () => {
    const { add, sum, fail, note, log } = open();
    const body = sum.s().linkError(note.s());

    const result = await chord([fail.s('one'), add.s(1, 1), fail.s('two')], body).apply();

    const error = await result.get().catch((thrown: unknown) => thrown);
    if (!(error instanceof TaskFailedError)) throw error;
    expect(error.remote.type).toBe('ChordError');
    expect(error.remote.args[0]).toMatch(
      /^Dependency \S+ raised RangeError\('one'\)\nDependency \S+ raised RangeError\('two'\)$/,
    );
    expect(log).toEqual(['add 1 1', `note ${result.id}`]);
    const throwing = chord([fail.s('one'), add.s(1, 1)], sum.s()).apply({ throw: true });
    await expect(throwing).rejects.toThrow('one');
  });

  test('ends a chain where a step is ignored or rejected, and leaves that out of a chord', async () => {
    const { app, add, sum, log } = open();
    const skip = app.task({ name: 't.skip' }, (): number => {
      throw new Ignore();
    });
    const refuse = app.task({ name: 't.refuse' }, (): number => {
      throw new Reject('no');
    });

    await chain([skip.s(), add.s(1)]).apply();
    const refused = await chain([refuse.s(), add.s(1)]).apply();
    const joined = await chord([skip.s(), add.s(1, 1)], sum.s()).apply();

    await expect(refused.get()).rejects.toThrow('no');
    await expect(joined.get()).resolves.toBe(2);
    expect(log).toEqual(['add 1 1', 'sum  2']);
  });

  test('has what replaces a task give its result, wherever the task is', async () => {
    const { app, add, sum } = open();
    const more = app.task({ name: 't.more', bind: true }, (task, n: number) =>
      task.replace(group([add.s(n, 1), add.s(n, 2)])),
    );
    const once = app.task({ name: 't.once', bind: true }, (task, n: number): number => {
      if (task.request.retries === 0) throw task.retry({ countdown: 60 });
      return task.replace(add.s(n, 10));
    });

    const alone = await more.apply([1]);
    const chained = await chain([add.s(1, 1), more.s(), sum.s()]).apply();
    const inHeader = await chord([once.s(1), once.s(2)], sum.s()).apply();

    await expect(alone.get()).resolves.toEqual([2, 3]);
    await expect(chained.get()).resolves.toBe(7);
    await expect(inHeader.get()).resolves.toBe(23);
  });

  test('waits for what a member adds to its chord, and puts it last', async () => {
    const { app, add, sum, log } = open();
    const grow = app.task({ name: 't.grow', bind: true }, async (task, n: number) => {
      await task.addToChord(add.s(n, 1000));
      return n;
    });

    const result = await chord([grow.s(1), add.s(2, 3)], sum.s()).apply();

    await expect(result.get()).resolves.toBe(1007);
    expect(log).toEqual(['add 2 3', 'add 1 1000', 'sum 1 5 1001']);
    const outside = await grow.apply([1]);
    await expect(outside.get()).rejects.toThrow('is not in the header of a chord');
  });

  test('is what taskAlwaysEager makes of sending', async () => {
    const { app, add, sum } = open({ taskAlwaysEager: true });
    const nested = app.task({ name: 't.nested' }, async (n: number) =>
      (await chord([add.s(n, 1), add.s(n, 2)], sum.s()).delay()).get(),
    );

    const result = await chord([nested.s(1), nested.s(2)], sum.s()).delay();

    await expect(result.get()).resolves.toBe(12);
  });

  test('gives a task no way to be replaced by what it cannot be', async () => {
    const { app } = open();
    const errors: unknown[] = [];
    const wrong = app.task({ name: 't.wrong', bind: true }, (task) => {
      const empty = { ...group([]).data, task: 'celery.chain', subtask_type: 'chain' };
      const inChord = { ...empty, task: 't.x', subtask_type: null, options: { chord: empty } };
      for (const each of [undefined, { data: empty }, { data: inChord }]) {
        try {
          task.replace(each as never);
        } catch (error) {
          errors.push(error);
        }
      }
    });

    await wrong.apply();

    expect(errors.map(String)).toEqual([
      expect.stringContaining('replace() takes a signature such as task.s(1, 2), got undefined'),
      expect.stringContaining('an empty chain cannot replace a task'),
      expect.stringContaining('is a part of a chord already'),
    ]);
  });
});
