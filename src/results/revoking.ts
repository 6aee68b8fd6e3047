import { NotSupportedError } from '../errors.ts';
import type { ControlCommand } from '../protocol/index.ts';
import type { ResultHost, RevokeOptions } from './result-handle.ts';

/** Has all workers not run these tasks: one command, whoever of them will get one. */
export async function revoke(
  host: ResultHost | undefined,
  ids: string | readonly string[],
  options: RevokeOptions = {},
): Promise<void> {
  if (ids.length === 0) return;
  await hostOf(host).tell(commandOf('revoke', { task_id: ids }, options));
}

/** The same for all tasks that carry one of these values as a stamp. */
export async function revokeByStampedHeaders(
  host: ResultHost | undefined,
  headers: Readonly<Record<string, unknown>>,
  options: RevokeOptions = {},
): Promise<void> {
  await hostOf(host).tell(commandOf('revoke_by_stamped_headers', { headers }, options));
}

function commandOf(
  method: string,
  which: Readonly<Record<string, unknown>>,
  { terminate = false, signal = 'SIGTERM' }: RevokeOptions,
): ControlCommand {
  return { method, arguments: { ...which, terminate, signal } };
}

function hostOf(host: ResultHost | undefined): ResultHost {
  if (host) return host;
  throw new NotSupportedError('a handle without an app cannot revoke anything');
}
