import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import { FakeReader } from '../../test/support/fake-reader.ts';
import { ResultTimeoutError, TaskFailedError } from '../errors.ts';
import type { ControlCommand, ResultTuple } from '../protocol/index.ts';
import { groupResultFromTuple, taskResult } from './from-tuple.ts';
import type { GroupResult } from './group-result.ts';
import type { AwaitedResult, HandleOptions } from './result-handle.ts';
import { ResultSet } from './result-set.ts';

const boom = { type: 'ValueError', module: 'builtins', args: ['boom'], traceback: null };
const leaf = (id: string): ResultTuple => [[id, null], null];
const three: ResultTuple = [['g', null], ['a', 'b', 'c'].map(leaf)];

function open() {
  const reader = new FakeReader();
  const told: ControlCommand[] = [];
  const waits: AwaitedResult[] = [];
  const host = {
    tell: async (command: ControlCommand) => void told.push(command),
    onWait: (awaited: () => AwaitedResult) => void waits.push(awaited()),
  };
  const ends = [{ id: 'a', task: 't.add' }];
  const options: HandleOptions = { reader: async () => reader, host, ends };
  const succeed = (id: string) => reader.store(id, { status: 'SUCCESS', result: id.toUpperCase() });
  const group = groupResultFromTuple(three, options) as unknown as GroupResult<
    [string, string, string]
  >;
  return { reader, told, waits, options, succeed, group };
}

const until = async (condition: () => boolean) => {
  for (let turns = 0; turns < 5_000 && !condition(); turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(condition()).toBe(true);
};

describe('a group’s results as they finish', () => {
  test('come with their places, in the order of their coming', async () => {
    const { reader, group, succeed } = open();
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const [index, value] of group) seen.push([index, value]);
    })();

    for (const id of ['c', 'a', 'b']) {
      const before = seen.length;
      await until(() => reader.waiting === 3 - before);
      succeed(id);
      await until(() => seen.length > before);
    }
    await reading;

    expect(seen).toEqual([
      ...[
        [2, 'C'],
        [0, 'A'],
        [1, 'B'],
      ],
    ]);
    expect(reader.waiting).toBe(0);
  });

  test('end the waiting for the others when the loop is left', async () => {
    const { reader, group, succeed } = open();
    succeed('b');

    for await (const [index] of group.iterate({ timeout: 100 })) {
      expect(index).toBe(1);
      break;
    }

    await until(() => reader.waiting === 0);
    await expect(group.iterate().next()).resolves.toEqual({ done: false, value: [1, 'B'] });
  });

  test('begin nothing before they are asked for', async () => {
    const { reader, group } = open();

    group.iterate();
    await Promise.resolve();

    expect(reader.waiting).toBe(0);
  });

  test('throw the first error, or give it', async () => {
    const { reader, group, succeed } = open();
    reader.store('b', { status: 'FAILURE', error: boom });
    const strict = group.iterate();
    await expect(strict.next()).rejects.toThrow(TaskFailedError);
    await until(() => reader.waiting === 0);

    const lenient = group.iterate({ propagate: false });
    await expect(lenient.next()).resolves.toMatchObject({
      value: [1, expect.any(TaskFailedError)],
    });
    succeed('a');
    await expect(lenient.next()).resolves.toMatchObject({ value: [0, 'A'] });
    await lenient.return();
  });

  test('have one timeout for all, and end with a signal', async () => {
    const { reader, group, succeed } = open();
    succeed('a');
    const timed = group.iterate({ timeout: { milliseconds: 20 } });
    await timed.next();
    await expect(timed.next()).rejects.toThrow(ResultTimeoutError);
    await expect(group.iterate({ timeout: 0 }).next()).rejects.toThrow(ResultTimeoutError);

    const controller = new AbortController();
    const aborted = group.iterate({ signal: controller.signal });
    await aborted.next();
    controller.abort(new Error('enough'));
    await expect(aborted.next()).rejects.toThrow('enough');

    await until(() => reader.waiting === 0);
  });

  test('know the type of each place', () => {
    const { group } = open();

    expectTypeOf(group.iterate().next).returns.resolves.toHaveProperty('value');
    type Pair = GroupResult<[number, string]> extends AsyncIterable<infer Value> ? Value : never;
    expectTypeOf<Pair>().toEqualTypeOf<[index: 0, value: number] | [index: 1, value: string]>();
    type Many = GroupResult<number[]> extends AsyncIterable<infer Value> ? Value : never;
    expectTypeOf<Many>().toEqualTypeOf<[index: number, value: number]>();
  });
});

describe('a group', () => {
  test('calls back for each member, and once for all', async () => {
    const { group, succeed } = open();
    const callback = vi.fn();
    const joining = group.joinNative({ callback });
    const ready = group.onReady((values, { id }) => [id, ...values]);

    for (const id of ['c', 'b', 'a']) succeed(id);

    await expect(joining).resolves.toEqual(['A', 'B', 'C']);
    expect(callback.mock.calls.toSorted()).toEqual([
      ...[
        ['a', 'A'],
        ['b', 'B'],
        ['c', 'C'],
      ],
    ]);
    await expect(ready).resolves.toEqual(['g', 'A', 'B', 'C']);
  });

  test('counts, waits and throws as its members do', async () => {
    const { group, reader, succeed } = open();
    succeed('a');
    await expect(group.waiting()).resolves.toBe(true);
    await expect(group.maybeThrow()).resolves.toBeUndefined();
    succeed('b');
    reader.store('c', { status: 'FAILURE', error: boom });

    await expect(group.waiting()).resolves.toBe(false);
    await expect(group.completedCount()).resolves.toBe(2);
    await expect(group.successful()).resolves.toBe(false);
    await expect(group.maybeThrow()).rejects.toThrow(TaskFailedError);
    await expect(group.maybeThrow({ propagate: false })).resolves.toBeUndefined();
  });

  test('is read at once, and what has ended never again', async () => {
    const { group, reader, succeed } = open();
    succeed('a');

    await expect(group.ready()).resolves.toBe(false);
    reader.store('b', { status: 'REVOKED' });
    await expect(group.completedCount()).resolves.toBe(1);
    await expect(group.failed()).resolves.toBe(false);
    reader.store('c', { status: 'FAILURE', error: boom });
    const seen: unknown[] = [];
    await group.maybeThrow({ propagate: false, callback: (id) => seen.push(id) });
    await expect(group.failed()).resolves.toBe(true);
    await group.results[0].get();

    expect(reader.reads).toEqual([['a', 'b', 'c'], ['b', 'c'], ['c'], ['c']]);
    expect([seen, reader.finds]).toEqual([['a', 'b', 'c'], 0]);
  });

  test('with a member that leaves no result says so at once, and the others have theirs', async () => {
    const { reader, options, succeed } = open();
    const group = groupResultFromTuple(three, { ...options, ignored: new Set(['b']) });
    for (const id of ['a', 'c']) succeed(id);
    const none = { code: 'RESULT_IGNORED', taskId: 'b' };

    await expect(group.get()).rejects.toMatchObject(none);
    await expect(group.get({ propagate: false })).rejects.toMatchObject(none);
    await expect(group.ready()).rejects.toMatchObject(none);
    const looped = (async () => {
      for await (const [index] of group) expect(index).not.toBe(1);
    })();
    await expect(looped).rejects.toMatchObject(none);

    const kept = group.results.filter(({ ignored }) => !ignored);
    expect(await new ResultSet(kept).get({ timeout: 10 })).toEqual(['A', 'C']);
    await until(() => reader.waiting === 0);
    await group.forget();
    expect(reader.forgotten).toEqual(['a', 'b', 'c']);
  });

  test('is revoked with one command, the members of groups inside too', async () => {
    const { told, options, group } = open();
    const inner: ResultTuple = [
      ['h', null],
      [leaf('x'), leaf('y')],
    ];

    await group.revoke({ terminate: true });
    await groupResultFromTuple(
      [
        ['g', null],
        [leaf('a'), inner],
      ],
      options,
    ).revoke();
    await groupResultFromTuple([['g', null], []], options).revoke();

    const how = { terminate: false, signal: 'SIGTERM' };
    expect(told).toEqual([
      { method: 'revoke', arguments: { ...how, task_id: ['a', 'b', 'c'], terminate: true } },
      { method: 'revoke', arguments: { ...how, task_id: ['a', 'x', 'y'] } },
    ]);
  });

  test('is kept under its id, and forgotten again', async () => {
    const { reader, group } = open();

    await group.save();
    expect(reader.saved.get('g')).toEqual(three);
    await group.delete();

    expect(reader.saved.size).toBe(0);
  });

  test('is told to be waited for once, by the name of its first member', async () => {
    const { group, waits, succeed } = open();
    for (const id of ['a', 'b', 'c']) succeed(id);

    await group.get();
    await group.get({ disableSyncSubtasks: false });

    expect(waits).toEqual([{ id: 'g', task: 't.add' }]);
  });

  test('without members is there at once, and waits for nothing before it', async () => {
    const { reader, options } = open();
    const wait = vi.spyOn(reader, 'wait');
    const none = groupResultFromTuple([['g', leaf('z')], []], options);

    await expect(none.get({ timeout: 10 })).resolves.toEqual([]);
    await expect(none.iterate({ timeout: 10 }).next()).resolves.toEqual({
      ...{ done: true, value: undefined },
    });

    // what nobody listens to would be an unhandled rejection once the deadline is closed
    expect(wait).not.toHaveBeenCalled();
  });

  test('is its members in a loop, its id as a text, its tuple as JSON', () => {
    const { group, options } = open();
    const other = groupResultFromTuple([['g', null], [leaf('a')]], options);

    expect([...group].map(String)).toEqual(['a', 'b', 'c']);
    expect(group).toHaveLength(3);
    expect(`${group}`).toBe('g');
    expect(JSON.parse(JSON.stringify(group))).toEqual(three);
    expect([group.equals('g'), group.equals(groupResultFromTuple(three, options))]).toEqual([
      ...[true, true],
    ]);
    expect([group.equals(other), group.equals('a')]).toEqual([false, false]);
    const chained = groupResultFromTuple([['g', leaf('z')], []], options);
    expect(chained.asList()).toEqual(['g', 'z']);
  });
});

describe('a set of results', () => {
  test('has each result once, in the order of adding, and loses what is removed', () => {
    const { options } = open();
    const [a, b, c] = ['a', 'b', 'c'].map((id) => taskResult(leaf(id), options));
    if (!a || !b || !c) throw new Error('there are three');
    const set = new ResultSet([a, b]);

    set.add(taskResult(leaf('a'), options));
    set.update([b, c]);
    expect([...set].map(String)).toEqual(['a', 'b', 'c']);
    set.remove('b');
    expect([set.discard(b), set.discard(a)]).toEqual([false, true]);
    expect(set.results.map(String)).toEqual(['c']);
    expect(() => set.remove('b')).toThrow("result 'b' is not in the set");
    expect(() => set.add('c' as never)).toThrow('a ResultSet has handles of results, got string');
    set.clear();

    expect(set).toHaveLength(0);
  });

  test('joins results and groups, whose values are lists', async () => {
    const { options, succeed, group } = open();
    const set = new ResultSet<unknown>([taskResult(leaf('z'), options), group]);
    const joining = set.get({ timeout: 10 });
    for (const id of ['a', 'b', 'c', 'z']) succeed(id);

    await expect(joining).resolves.toEqual(['Z', ['A', 'B', 'C']]);
    await expect(set.completedCount()).resolves.toBe(2);
    await expect(set.successful()).resolves.toBe(true);
    const seen = new Map<number, unknown>();
    for await (const [index, value] of set) seen.set(index, value);
    expect(seen.get(1)).toEqual(['A', 'B', 'C']);
    await expect(set.onReady((values) => values.length)).resolves.toBe(2);
  });

  test('fails with the group in it that has failed', async () => {
    const { options, reader, succeed, group } = open();
    const set = new ResultSet<unknown>([taskResult(leaf('z'), options), group]);
    reader.store('b', { status: 'FAILURE', error: boom });

    await expect(set.get({ timeout: 10 })).rejects.toMatchObject({ taskId: 'b' });
    await expect(set.failed()).resolves.toBe(true);
    await expect(set.completedCount()).resolves.toBe(0);
    for (const id of ['a', 'c', 'z']) succeed(id);

    await expect(set.get({ propagate: false })).resolves.toEqual([
      'Z',
      ['A', expect.any(TaskFailedError), 'C'],
    ]);
    expect(reader.waiting).toBe(0);
  });

  test('is read at once, for each store', async () => {
    const [one, two] = [open(), open()];
    const set = new ResultSet<unknown>([
      ...[taskResult(leaf('z'), one.options), one.group, taskResult(leaf('y'), two.options)],
    ]);
    for (const id of ['a', 'b', 'c', 'z']) one.succeed(id);

    await expect(set.completedCount()).resolves.toBe(2);
    two.reader.store('y', { status: 'RETRY', error: boom });
    await expect(set.maybeThrow()).resolves.toBeUndefined();

    expect([one.reader.reads, two.reader.reads]).toEqual([[['z', 'a', 'b', 'c']], [['y'], ['y']]]);
  });

  test('is revoked with one command for each app', async () => {
    const [one, two] = [open(), open()];
    const set = new ResultSet<unknown>([
      ...[taskResult(leaf('z'), one.options), one.group, taskResult(leaf('y'), two.options)],
    ]);

    await set.revoke();

    const ids = [one, two].map(({ told }) => told.map((each) => each.arguments['task_id']));
    expect(ids).toEqual([[['z', 'a', 'b', 'c']], [['y']]]);
  });
});
