import type { RemoteError } from '../../errors.ts';
import { pythonRepr } from '../../protocol/index.ts';

/** Told to whoever waits for a task that turned its message away. */
export function rejection(reason: string): RemoteError {
  return { type: 'Reject', module: 'celery.exceptions', args: [reason, false], traceback: null };
}

/** Told to whoever waits for a task whose executor, or whose last worker of many, died. */
export function lostError(reason: string): RemoteError {
  return {
    type: 'WorkerLostError',
    module: 'billiard.exceptions',
    args: [reason],
    traceback: null,
  };
}

/** Told to whoever waits for a message that no worker can run. */
export function invalidError(reason: string): RemoteError {
  return { type: 'InvalidTaskError', module: 'celery.exceptions', args: [reason], traceback: null };
}

/** Told to whoever waits for a task that came too late. */
export const expiredError: RemoteError = {
  type: 'TaskRevokedError',
  module: 'celery.exceptions',
  args: ['expired'],
  traceback: null,
};

/** Told to whoever waits for a task that no worker knew for as long as it was put back. */
export function notRegisteredError(task: string): RemoteError {
  return { type: 'NotRegistered', module: 'celery.exceptions', args: [task], traceback: null };
}

/** Told to whoever waits for the body of a chord whose members failed: a line for each, in Celery's words. */
export function chordError(
  failed: readonly Readonly<{ taskId: string; error: RemoteError }>[],
): RemoteError {
  const lines = failed.slice(0, LINES_MAX).map(({ taskId, error: { type, args } }) => {
    const raised = `${type}(${args.map(exactRepr).join(', ')})`;
    return `Dependency ${taskId} raised ${raised}`;
  });
  if (failed.length > LINES_MAX) lines.push(`and ${failed.length - LINES_MAX} more`);
  return chordFailure(lines.join('\n'));
}

/** How many failed members are told of one by one. */
const LINES_MAX = 1_000;

/** Told to whoever waits for the body of a chord that is not sent. */
export function chordFailure(message: string): RemoteError {
  return { type: 'ChordError', module: 'celery.exceptions', args: [message], traceback: null };
}

/** As Python's `repr` itself has it, which quotes a text with apostrophes in it by the other sign. */
function exactRepr(value: unknown): string {
  const text = pythonRepr(value);
  if (typeof value !== 'string' || !value.includes("'") || value.includes('"')) return text;
  return `"${text.slice(1, -1).replace(/\\(.)/g, (pair, sign) => (sign === "'" ? sign : pair))}"`;
}
