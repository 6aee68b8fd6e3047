import { type RemoteError, TaskFailedError, TaskRevokedError } from '../errors.ts';
import type { ResultMeta } from '../protocol/index.ts';
import type { Ending } from './result-handle.ts';

/** What a stored state means to who asked: a value, or an error to throw. */
export function endOf(meta: ResultMeta): Ending {
  if (meta.status === 'REVOKED') {
    return { error: new TaskRevokedError(meta.taskId, reasonOf(meta.error)) };
  }
  if (meta.error) {
    const traceback = meta.error.traceback ?? meta.traceback;
    const options = meta.thrown === undefined ? undefined : { cause: meta.thrown };
    return { error: new TaskFailedError(meta.taskId, { ...meta.error, traceback }, options) };
  }
  return { value: meta.result };
}

function reasonOf(error: RemoteError | null): string {
  const reason = error?.args[0];
  return typeof reason === 'string' ? reason : 'revoked';
}
