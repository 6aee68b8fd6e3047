import { inspect, types } from 'node:util';
import {
  CeleriacError,
  type ErrorCode,
  NotRegisteredError,
  type RemoteError,
  TaskFailedError,
  TaskRevokedError,
} from '../errors.ts';

/** The module of errors that only JavaScript programs have. */
const ourModule = 'celeriac';

/** Errors whose class Python has under the same name among its builtins. */
const builtins: ReadonlySet<string> = new Set(['TypeError', 'SyntaxError']);

/** Errors of ours that a Python caller can catch as Celery's own. */
const celeryTwins: Readonly<Partial<Record<ErrorCode, readonly [type: string, module: string]>>> = {
  DECODE_FAILED: ['DecodeError', 'kombu.exceptions'],
  ENCODE_FAILED: ['EncodeError', 'kombu.exceptions'],
  MAX_RETRIES_EXCEEDED: ['MaxRetriesExceededError', 'celery.exceptions'],
  NOT_REGISTERED: ['NotRegistered', 'celery.exceptions'],
  RESULT_TIMEOUT: ['TimeoutError', 'celery.exceptions'],
  TASK_REVOKED: ['TaskRevokedError', 'celery.exceptions'],
  WORKER_LOST: ['WorkerLostError', 'billiard.exceptions'],
};

/**
 * What is told to others of an error that a task threw; anything may be thrown. A `TaskFailedError`
 * that was thrown on keeps the type, module and arguments of the failure it stands for.
 */
export function toRemoteError(error: unknown): RemoteError {
  if (error instanceof TaskFailedError) {
    const traceback = error.remote.traceback ?? stackOf(error);
    return { ...error.remote, traceback };
  }
  if (!isError(error)) {
    return { type: 'Error', module: ourModule, args: [textOf(error)], traceback: null };
  }
  const args = argsOf(error);
  const traceback = stackOf(error);
  const twin = error instanceof CeleriacError ? celeryTwins[error.code] : undefined;
  if (twin) return { type: twin[0], module: twin[1], args, traceback };
  const type = nameOf(error);
  return { type, module: builtins.has(type) ? 'builtins' : ourModule, args, traceback };
}

function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

function argsOf(error: Error): readonly unknown[] {
  if (error instanceof NotRegisteredError) return [error.taskName];
  if (error instanceof TaskRevokedError) return [error.reason];
  if (error instanceof CeleriacError) return [error.summary];
  return [reading(() => String(error.message), '')];
}

/** The name that was given to the error or its class; else the name of the class. */
function nameOf(error: Error): string {
  const given = reading(() => {
    const prototype: unknown = Object.getPrototypeOf(error);
    const isGiven =
      Object.hasOwn(error, 'name') ||
      (typeof prototype === 'object' && prototype !== null && Object.hasOwn(prototype, 'name'));
    return isGiven ? error.name : error.constructor.name;
  }, 'Error');
  if (typeof given !== 'string' || given === '') return 'Error';
  // Python makes a class of the name, and fails to read the result where it cannot
  return given.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}

/** The stack, and under it those of the errors that caused this one. */
function stackOf(error: Error): string | null {
  const stacks: string[] = [];
  let current: unknown = error;
  while (isError(current) && stacks.length < 5) {
    const known = current;
    const stack = reading(() => known.stack, undefined);
    if (typeof stack === 'string') stacks.push(stack);
    current = reading(() => known.cause, undefined);
  }
  return stacks.length === 0 ? null : stacks.join('\n\ncaused by: ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : reading(() => inspect(value), '<unprintable>');
}

/** A thrown object's properties are the user's code, and may throw themselves. */
function reading<Value>(read: () => Value, fallback: Value): Value {
  try {
    return read();
  } catch {
    return fallback;
  }
}
