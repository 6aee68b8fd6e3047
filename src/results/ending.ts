import { type RemoteError, TaskFailedError, TaskRevokedError } from '../errors.ts';
import { isFinal, type ResultMeta } from '../protocol/index.ts';
import type { GetOptions } from './get-options.ts';
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

/** What is given of an ending. @throws the error, unless `propagate` is false */
export function given(
  id: string,
  { value, error }: Ending,
  { propagate, callback }: Pick<GetOptions, 'propagate' | 'callback'>,
): unknown {
  if (error && propagate !== false) throw error;
  const what = error ?? value;
  callback?.(id, what);
  return what;
}

/** The same of a state that need not be the last: the error of one that is not is no ending. */
export function givenNow(
  id: string,
  meta: ResultMeta,
  options: Pick<GetOptions, 'propagate' | 'callback'>,
): unknown {
  const { value, error } = endOf(meta);
  return given(id, isFinal(meta.status) ? { value, error } : { value: error ?? value }, options);
}

function reasonOf(error: RemoteError | null): string {
  const reason = error?.args[0];
  return typeof reason === 'string' ? reason : 'revoked';
}
