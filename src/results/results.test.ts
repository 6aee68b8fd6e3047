import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { FakeReader } from '../../test/support/fake-reader.ts';
import {
  BackendMissingError,
  ResultTimeoutError,
  TaskFailedError,
  TaskRevokedError,
} from '../errors.ts';
import type { ResultTuple } from '../protocol/index.ts';
import { groupResultFromTuple, resultFromTuple, taskResult } from './from-tuple.ts';

const boom = {
  type: 'ValueError',
  module: 'builtins',
  args: ['boom', 42],
  traceback: 'Traceback…',
};
const one: ResultTuple = [['a', null], null];
const chained: ResultTuple = [['c', [['b', [['a', null], null]], null]], null];
const pair: ResultTuple = [
  ['g', null],
  [one, [['b', null], null]],
];

function open() {
  const reader = new FakeReader();
  const options = { reader: async () => reader };
  return { reader, options, result: taskResult(one, options) };
}

describe('a result', () => {
  test('resolves when the task has succeeded', async () => {
    const { reader, result } = open();
    const waiting = result.get({ timeout: 10 });

    reader.store('a', { status: 'STARTED' });
    reader.store('a', { status: 'SUCCESS', result: 5 });

    await expect(waiting).resolves.toBe(5);
  });

  test('throws what the task failed with, or returns it', async () => {
    const { reader, result } = open();
    reader.store('a', { status: 'FAILURE', error: boom });

    const error = await result.get({ propagate: false });

    expect(error).toBeInstanceOf(TaskFailedError);
    expect(error).toMatchObject({
      summary: 'ValueError: boom, 42',
      taskId: 'a',
      remote: boom,
    });
    await expect(result.get()).rejects.toThrow('ValueError: boom, 42');
  });

  test('of a revoked task says why it was not run', async () => {
    const { reader, result } = open();
    const error = { ...boom, type: 'TaskRevokedError', args: ['expired'] };
    reader.store('a', { status: 'REVOKED', error });

    await expect(result.get()).rejects.toThrow(TaskRevokedError);
    await expect(result.get()).rejects.toMatchObject({ reason: 'expired' });
  });

  test('gives up when its time is up, and leaves nobody waiting', async () => {
    const { reader, result } = open();

    const waiting = result.get({ timeout: { milliseconds: 5 } });

    await expect(waiting).rejects.toThrow(ResultTimeoutError);
    await expect(waiting).rejects.toThrow("no result of task 'a' within 0.005 s");
    expect(reader.waiting).toBe(0);
  });

  test('leaves no timer behind', async () => {
    const { reader, result } = open();
    const timers = () =>
      process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const before = timers();
    reader.store('a', { status: 'SUCCESS', result: 5 });

    await result.get({ timeout: 1_000 });

    expect(timers()).toBe(before);
  });

  test('with a timeout of 0 is read once', async () => {
    const { reader, result } = open();
    await expect(result.get({ timeout: 0 })).rejects.toThrow(ResultTimeoutError);

    reader.store('a', { status: 'SUCCESS', result: 5 });

    await expect(result.get({ timeout: 0 })).resolves.toBe(5);
  });

  test('thousands may be waited for with one signal, which gets one listener', async () => {
    const { reader, result } = open();
    const controller = new AbortController();
    const gets = Array.from({ length: 20 }, () => result.get({ signal: controller.signal }));
    const settled = Promise.allSettled(gets);
    while (reader.waiting < gets.length) await Promise.resolve();

    const listeners = getEventListeners(controller.signal, 'abort').length;
    controller.abort('enough');

    expect(listeners).toBe(1);
    expect(await settled).toEqual(gets.map(() => ({ status: 'rejected', reason: 'enough' })));
  });

  test('rejects with the reason of a signal', async () => {
    const { reader, result } = open();
    const controller = new AbortController();
    const waiting = result.get({ signal: controller.signal });

    controller.abort(new Error('enough'));

    await expect(waiting).rejects.toThrow('enough');
    await expect(result.get({ signal: controller.signal })).rejects.toThrow('enough');
    expect(reader.waiting).toBe(0);
  });

  test('refuses a timeout that is no span of time', async () => {
    const { result } = open();

    await expect(result.get({ timeout: -1 })).rejects.toThrow(
      "option 'timeout' must be seconds from 0",
    );
  });

  test('without a backend rejects at once', async () => {
    const result = taskResult(one, { reader: async () => null });

    await expect(result.get()).rejects.toThrow(BackendMissingError);
    await expect(result.state()).rejects.toThrow('no result backend configured');
  });

  test('that is not kept says so instead of waiting for ever', async () => {
    const { options } = open();
    const result = taskResult(one, { ...options, ignored: new Set([one[0][0]]) });

    await expect(result.get()).rejects.toMatchObject({ code: 'RESULT_IGNORED' });
  });

  test('nobody knows is PENDING', async () => {
    const { result } = open();

    await expect(result.state()).resolves.toBe('PENDING');
    await expect(result.ready()).resolves.toBe(false);
    await expect(result.result()).resolves.toBeUndefined();
    await expect(result.info()).resolves.toBeUndefined();
  });

  test('tells the state, its children and what a state of the task carries', async () => {
    const { reader, result } = open();
    reader.store('a', { status: 'PROGRESS', result: { done: 3 }, children: [chained, pair] });

    await expect(result.info()).resolves.toEqual({ done: 3 });
    await expect(result.result()).resolves.toBeUndefined();
    const children = await result.children();
    expect(children.map((child) => [child.id, child.parent?.id])).toEqual([
      ['c', 'b'],
      ['g', undefined],
    ]);
  });

  test('is read no more once it is final', async () => {
    const { reader, result } = open();
    reader.store('a', { status: 'FAILURE', error: boom, traceback: 'Traceback…' });

    await expect(result.failed()).resolves.toBe(true);
    await expect(result.successful()).resolves.toBe(false);
    await expect(result.traceback()).resolves.toBe('Traceback…');

    expect(reader.finds).toBe(1);
  });

  test('forgets the steps before it too', async () => {
    const { reader, options } = open();

    await resultFromTuple(chained, options).forget();

    expect(reader.forgotten).toEqual(['c', 'b', 'a']);
  });
});

describe('the result of a chain', () => {
  test('has the steps before it as parents, and is written as it was read', () => {
    const last = resultFromTuple(chained, open().options);

    expect([
      last.id,
      last.parent?.id,
      last.parent?.parent?.id,
      last.parent?.parent?.parent,
    ]).toEqual(['c', 'b', 'a', null]);
    expect(last.asTuple()).toEqual(chained);
  });

  test('rejects when a step before it did not run', async () => {
    const { reader, options } = open();
    const waiting = resultFromTuple(chained, options).get({ timeout: 10 });

    reader.store('b', { status: 'SUCCESS', result: 1 });
    reader.store('a', { status: 'REVOKED', error: { ...boom, args: ['expired'] } });

    await expect(waiting).rejects.toMatchObject({ code: 'TASK_REVOKED', taskId: 'a' });
    expect(reader.waiting).toBe(0);
  });

  test('resolves once the last step has succeeded', async () => {
    const { reader, options } = open();
    const waiting = resultFromTuple(chained, options).get({ timeout: 10 });

    for (const id of ['a', 'b', 'c']) reader.store(id, { status: 'SUCCESS', result: id });

    await expect(waiting).resolves.toBe('c');
  });
});

describe('the result of a group', () => {
  test('collects its members in their order', async () => {
    const { reader, options } = open();
    const group = groupResultFromTuple(pair, options);
    const waiting = group.join({ timeout: 10 });

    reader.store('b', { status: 'SUCCESS', result: 2 });
    await expect(group.completedCount()).resolves.toBe(1);
    await expect(group.ready()).resolves.toBe(false);
    reader.store('a', { status: 'SUCCESS', result: 1 });

    await expect(waiting).resolves.toEqual([1, 2]);
    await expect(group.successful()).resolves.toBe(true);
    expect(group.asTuple()).toEqual(pair);
  });

  test('rejects with the first failure, or gives errors in their places', async () => {
    const { reader, options } = open();
    const group = groupResultFromTuple(pair, options);
    const waiting = group.get({ timeout: 10 });

    reader.store('b', { status: 'FAILURE', error: boom });
    await expect(waiting).rejects.toThrow('ValueError: boom, 42');
    reader.store('a', { status: 'SUCCESS', result: 1 });

    await expect(group.get({ propagate: false })).resolves.toEqual([
      1,
      expect.any(TaskFailedError),
    ]);
    await expect(group.failed()).resolves.toBe(true);
    expect(reader.waiting).toBe(0);
  });

  test('has one timeout for all', async () => {
    const { reader, options } = open();
    reader.store('a', { status: 'SUCCESS', result: 1 });
    const group = groupResultFromTuple(pair, options);

    await expect(group.get({ timeout: 0.005 })).rejects.toThrow(ResultTimeoutError);
    await expect(group.get({ timeout: 0 })).rejects.toThrow(ResultTimeoutError);
  });

  test('at the end of a chain rejects when a step before it has failed', async () => {
    const { reader, options } = open();
    const tuple: ResultTuple = [['g', [['z', null], null]], [one]];
    const waiting = groupResultFromTuple(tuple, options).get({ timeout: 10 });

    reader.store('z', { status: 'FAILURE', error: boom });

    await expect(waiting).rejects.toMatchObject({ taskId: 'z' });
  });

  test('spreads out a group that ends a member, with the step before it', () => {
    const tuple: ResultTuple = [
      ['g', null],
      [
        [['h', chained], [one]],
        [['b', null], null],
      ],
    ];

    const group = groupResultFromTuple(tuple, open().options);

    expect(group.results.map((each) => [each.id, each.parent?.id])).toEqual([
      ['a', 'c'],
      ['b', undefined],
    ]);
  });

  test('made of a single task has that one member', () => {
    const group = groupResultFromTuple(one, open().options);

    expect(group.results.map((each) => each.id)).toEqual(['a']);
  });
});
