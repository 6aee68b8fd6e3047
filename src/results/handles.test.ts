import { describe, expect, test, vi } from 'vitest';
import { FakeReader } from '../../test/support/fake-reader.ts';
import { TaskFailedError, TaskRevokedError } from '../errors.ts';
import type { ControlCommand, ResultTuple } from '../protocol/index.ts';
import { resultFromTuple, taskResult } from './from-tuple.ts';
import type { AwaitedResult, HandleOptions } from './result-handle.ts';

const boom = { type: 'ValueError', module: 'builtins', args: ['boom'], traceback: null };
const one: ResultTuple = [['a', null], null];
const chained: ResultTuple = [['b', [['a', null], null]], null];

function open(more: Partial<HandleOptions> = {}) {
  const reader = new FakeReader();
  const told: ControlCommand[] = [];
  const waits: (() => AwaitedResult)[] = [];
  const host = {
    tell: async (command: ControlCommand) => void told.push(command),
    onWait: (awaited: () => AwaitedResult) => void waits.push(awaited),
  };
  const options: HandleOptions = { reader: async () => reader, host, ...more };
  const handle = taskResult(one, options);
  const last = taskResult(chained, options);
  return { reader, told, waits, options, handle, last };
}

describe('getting a result', () => {
  test('calls back with the id and the value, before it gives the value', async () => {
    const { reader, handle } = open();
    const seen: unknown[] = [];
    reader.store('a', { status: 'SUCCESS', result: 5 });

    const value = await handle.get({ callback: (...given) => seen.push(given) });

    expect([value, seen]).toEqual([5, [['a', 5]]]);
  });

  test('calls back with an error only if that is not thrown', async () => {
    const { reader, handle } = open();
    const callback = vi.fn();
    reader.store('a', { status: 'FAILURE', error: boom });

    await expect(handle.get({ callback })).rejects.toThrow(TaskFailedError);
    expect(callback).not.toHaveBeenCalled();
    await handle.get({ callback, propagate: false });
    expect(callback).toHaveBeenCalledWith('a', expect.any(TaskFailedError));
  });

  test('follows the steps before it, unless it is told not to', async () => {
    const { reader, last } = open();
    reader.store('a', { status: 'FAILURE', error: boom });

    await expect(last.get({ timeout: 10 })).rejects.toMatchObject({ taskId: 'a' });
    const { signal } = new AbortController();
    const signalled = last.get({ signal, followParents: false });
    const waiting = last.get({ timeout: 10, followParents: false });
    const both = expect(Promise.all([signalled, waiting])).resolves.toEqual([2, 2]);
    await new Promise((resolve) => setImmediate(resolve)); // what a came to is known by now
    reader.store('b', { status: 'SUCCESS', result: 2 });

    await both;
  });

  test('tells the app what is waited for, unless that is meant to be', async () => {
    const { reader, waits, handle } = open({ ends: [{ id: 'a', task: 't.add' }] });
    reader.store('a', { status: 'SUCCESS' });

    await handle.get({ disableSyncSubtasks: false });
    expect(waits).toEqual([]);
    await handle.get();

    expect(waits.map((each) => each())).toMatchObject([{ id: 'a', task: 't.add' }]);
  });
});

describe('calling back once it is ready', () => {
  test('gives what the function returns, which gets the value and the handle', async () => {
    const { reader, handle } = open();
    const calling = handle.onReady((value, result) => `${value} of ${result}`);

    reader.store('a', { status: 'SUCCESS', result: 5 });

    await expect(calling).resolves.toBe('5 of a');
  });

  test('gives errors to the second function, and rejects if there is none', async () => {
    const { reader, handle } = open();
    reader.store('a', { status: 'FAILURE', error: boom });
    const never = vi.fn();

    await expect(handle.onReady(never, (error, { id }) => [id, error])).resolves.toEqual([
      'a',
      expect.any(TaskFailedError),
    ]);
    await expect(handle.onReady(never)).rejects.toThrow(TaskFailedError);
    expect(never).not.toHaveBeenCalled();
  });

  test('leaves a handle something that await gives back as it is', async () => {
    const { handle } = open();

    expect(await handle).toBe(handle);
    expect(await Promise.resolve(handle)).toBe(handle);
  });
});

describe('what is known now', () => {
  test('is thrown if it is an error, and given otherwise, without waiting', async () => {
    const { reader, handle } = open();
    const callback = vi.fn();
    await expect(handle.maybeThrow()).resolves.toBeUndefined();
    reader.store('a', { status: 'RETRY', error: boom });
    await expect(handle.maybeThrow()).resolves.toBeInstanceOf(TaskFailedError);
    reader.store('a', { status: 'REVOKED', error: { ...boom, args: ['revoked'] } });

    await expect(handle.maybeThrow()).rejects.toThrow(TaskRevokedError);
    await handle.maybeThrow({ propagate: false, callback });

    expect(callback).toHaveBeenCalledWith('a', expect.any(TaskRevokedError));
  });

  test('may be nothing: then it does not exist', async () => {
    const { reader, handle } = open();

    await expect(handle.exists()).resolves.toBe(false);
    reader.store('a', { status: 'STARTED' });
    await expect(handle.exists()).resolves.toBe(true);
    await expect(handle.status()).resolves.toBe('STARTED');
  });

  test('is not read of what leaves no result', async () => {
    const { handle } = open({ ignored: new Set(['a']) });

    expect(handle.ignored).toBe(true);
    await expect(handle.exists()).rejects.toMatchObject({ code: 'RESULT_IGNORED' });
  });
});

describe('a chain with a step that leaves no result', () => {
  test('has that of its last step, and says of that step that there is none', async () => {
    const { reader, last } = open({ ignored: new Set(['a']) });
    const waiting = last.get({ timeout: 10 });
    const told = Promise.allSettled([waiting]);
    await new Promise((resolve) => setImmediate(resolve));
    reader.store('b', { status: 'SUCCESS', result: 5 });

    expect(await told).toEqual([{ status: 'fulfilled', value: 5 }]);
    await expect(last.parent?.get()).rejects.toMatchObject({ code: 'RESULT_IGNORED', taskId: 'a' });
    expect(last.ignored).toBe(false);
    await last.forget();
    expect(reader.forgotten).toEqual(['b', 'a']);
  });
});

describe('revoking', () => {
  test('tells all workers the id, and how to end what runs', async () => {
    const { told, handle } = open();

    await handle.revoke();
    await handle.revoke({ terminate: true, signal: 'SIGKILL' });

    expect(told).toEqual([
      { method: 'revoke', arguments: { task_id: 'a', terminate: false, signal: 'SIGTERM' } },
      { method: 'revoke', arguments: { task_id: 'a', terminate: true, signal: 'SIGKILL' } },
    ]);
  });

  test('by stamps tells them instead of the id', async () => {
    const { told, handle } = open();

    await handle.revokeByStampedHeaders({ tenant: ['acme'] }, { terminate: true });

    const given = { headers: { tenant: ['acme'] }, terminate: true, signal: 'SIGTERM' };
    expect(told).toEqual([{ method: 'revoke_by_stamped_headers', arguments: given }]);
  });

  test('needs an app', async () => {
    const { handle } = open({ host: undefined });

    await expect(handle.revoke()).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  });
});

describe('a handle', () => {
  test('is its id as a text, equal to every other one of the task, and a tuple as JSON', () => {
    const { handle, last, options } = open();

    expect(`${handle} ${String(last)}`).toBe('a b');
    expect([handle.equals('a'), handle.equals(taskResult(one, options))]).toEqual([true, true]);
    expect([handle.equals('b'), handle.equals(last), handle.equals(null)]).toEqual([
      ...[false, false, false],
    ]);
    expect(JSON.parse(JSON.stringify({ last }))).toEqual({ last: chained });
    expect(resultFromTuple(last.asTuple(), options).asTuple()).toEqual(chained);
    expect(last.asList()).toEqual(['b', 'a']);
  });

  test.each([undefined, null, 5, ''])('needs an id, and %s is none', (id) => {
    const { options } = open();

    expect(() => taskResult([[id as string, null], null], options)).toThrow(
      'a result needs the id of its task',
    );
  });
});
