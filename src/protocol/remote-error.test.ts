import { expect, test } from 'vitest';
import {
  EncodeError,
  MaxRetriesExceededError,
  NotRegisteredError,
  TaskFailedError,
  TaskRevokedError,
  WorkerLostError,
} from '../errors.ts';
import { toRemoteError } from './remote-error.ts';

class PositionError extends Error {}

class NamedError extends Error {
  override readonly name = 'Named';
}

test.each([
  [new TypeError('bad'), 'TypeError', 'builtins', ['bad']],
  [new SyntaxError('bad'), 'SyntaxError', 'builtins', ['bad']],
  [new Error('bad'), 'Error', 'celeriac', ['bad']],
  [new RangeError('bad'), 'RangeError', 'celeriac', ['bad']],
  [new PositionError('bad'), 'PositionError', 'celeriac', ['bad']],
  [new NamedError('bad'), 'Named', 'celeriac', ['bad']],
  [AbortSignal.abort().reason, 'AbortError', 'celeriac', ['This operation was aborted']],
  [new NotRegisteredError('t'), 'NotRegistered', 'celery.exceptions', ['t']],
  [new TaskRevokedError('id', 'expired'), 'TaskRevokedError', 'celery.exceptions', ['expired']],
  [
    new MaxRetriesExceededError({ task: 't', id: 'i', args: [1], kwargs: {}, retries: 2 }),
    'MaxRetriesExceededError',
    'celery.exceptions',
    ["can't retry t[i]: it was tried 3 times"],
  ],
  [new WorkerLostError('x'), 'WorkerLostError', 'billiard.exceptions', ['x']],
  [new EncodeError('result', 'x'), 'EncodeError', 'kombu.exceptions', ['cannot encode result: x']],
])('%s is told by its class and message', (error, type, module, args) => {
  expect(toRemoteError(error)).toEqual({ type, module, args, traceback: error.stack });
});

test('a name that no class of Python can have is told in one that it can', () => {
  const error = Object.defineProperty(new Error('x'), 'name', { value: 'A\0B\ud800' });

  expect(toRemoteError(error).type).toBe('A\ufffdB\ufffd');
});

test('a remote failure that is thrown on stays what it was', () => {
  const remote = { type: 'ValueError', module: 'builtins', args: ['boom', 42], traceback: 'tb' };

  expect(toRemoteError(new TaskFailedError('id', remote))).toEqual(remote);
});

test('the causes stand under the stack', () => {
  const cause = new Error('disk full');

  const { traceback } = toRemoteError(new Error('not saved', { cause }));

  expect(traceback).toContain('Error: not saved');
  expect(traceback).toContain(`caused by: ${cause.stack}`);
});

test.each([
  ['text', 'text'],
  [42, '42'],
  [undefined, 'undefined'],
  [{ a: 1 }, '{ a: 1 }'],
  [Symbol('x'), 'Symbol(x)'],
])('%s may be thrown, too', (thrown, text) => {
  expect(toRemoteError(thrown)).toEqual({
    type: 'Error',
    module: 'celeriac',
    args: [text],
    traceback: null,
  });
});

test('an error whose properties throw is still told', () => {
  const get = () => {
    throw new Error('boom');
  };
  const hostile = Object.defineProperties(new Error('x'), {
    stack: { get }, // first: the engine builds it from the others
    name: { get },
    message: { get },
    cause: { get },
  });

  expect(toRemoteError(hostile)).toEqual({
    type: 'Error',
    module: 'celeriac',
    args: [''],
    traceback: null,
  });
});
