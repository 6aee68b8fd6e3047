import { BrokerRefusedError, BrokerUnavailableError, SendTimeoutError } from '../../errors.ts';
import type { RedisAddress } from './address.ts';

/** Whether an error is the server's answer to a command, as opposed to no answer. */
export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** The code that a server's error begins with, such as `NOSCRIPT`; undefined if it is no such error. */
export function replyCodeOf(error: unknown): string | undefined {
  return isReplyError(error) ? /^[A-Z]+/.exec(error.message)?.[0] : undefined;
}

const refusals = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);
/** What old servers say to a wrong password. */
const oldRefusal = /^ERR (invalid password|invalid username-password)/i;

/** @returns the error as one of ours if the server refused us for who we are. */
export function refusalOf(address: RedisAddress, error: unknown): BrokerRefusedError | undefined {
  if (!isReplyError(error)) return undefined;
  if (!refusals.has(replyCodeOf(error) ?? '') && !oldRefusal.test(error.message)) return undefined;
  return new BrokerRefusedError(address.shown, error.message, { cause: error });
}

/** An error for a server that cannot be reached, naming where and why. */
export function unavailable(address: RedisAddress, cause: unknown): BrokerUnavailableError {
  if (cause instanceof BrokerUnavailableError) return cause;
  return new BrokerUnavailableError(address.shown, reasonOf(cause), { cause });
}

/** Whether a signal ended because its time was up, not because somebody changed their mind. */
export function isDeadline(reason: unknown): boolean {
  if (reason instanceof SendTimeoutError) return true;
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

/** The text of whatever was thrown; that of several errors in one, if it has none of its own. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) {
    return cause.errors.map(reasonOf).join('; ');
  }
  if (cause instanceof Error) return cause.message || cause.name;
  return String(cause);
}
