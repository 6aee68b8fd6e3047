import {
  BrokerRefusedError,
  BrokerUnavailableError,
  BrokerUntrustedError,
  SendTimeoutError,
} from '../../errors.ts';
import type { RedisAddress } from './address.ts';

/** What Redis 7.0 says in a script in place of NOPERM. */
const scriptRefusal = /^ERR The user executing the script can't /;

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

/** Why a server does not let us in; trying again is of no use. */
export type Refusal = BrokerRefusedError | BrokerUntrustedError;

/** @returns the error as one of ours if it says that we are not let in. */
export function refusalIn(address: RedisAddress, error: unknown): Refusal | undefined {
  if (error instanceof BrokerRefusedError || error instanceof BrokerUntrustedError) return error;
  return refusalOf(address, error) ?? mistrustOf(address, error);
}

/** The server refused us for who we are. */
function refusalOf(address: RedisAddress, error: unknown): BrokerRefusedError | undefined {
  if (!isReplyError(error)) return undefined;
  const { message } = error;
  const isRefusal = refusals.has(replyCodeOf(error) ?? '') || oldRefusal.test(message);
  if (!isRefusal && !scriptRefusal.test(message)) return undefined;
  return new BrokerRefusedError(address.shown, message, { cause: error });
}

/** A certificate of the server's that its client does not accept; codes of Node's. */
const badCertificate =
  /^(CERT_|UNABLE_TO_(GET|VERIFY)_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH)/;

/** The two sides do not trust each other, or do not both speak TLS. */
function mistrustOf(address: RedisAddress, error: unknown): BrokerUntrustedError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  const reason = mistrustIn(code, error);
  if (reason === undefined) return undefined;
  return new BrokerUntrustedError(address.shown, reason, { cause: error });
}

function mistrustIn(code: string, error: Error): string | undefined {
  if (badCertificate.test(code)) {
    return `this side does not trust its certificate (${error.message}); name the CA in 'ssl_ca_certs'`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is for another host (${error.message}); use that name, or say 'servername'`;
  }
  if (/^ERR_SSL_.*ALERT_/.test(code)) {
    return `it does not trust this side (${error.message}); give it a certificate: 'ssl_certfile', 'ssl_keyfile'`;
  }
  if (/^ERR_SSL_(WRONG_VERSION|PACKET_LENGTH|HTTP_REQUEST|BAD_RECORD)/.test(code)) {
    return "it does not speak TLS; use 'redis://'";
  }
  // a TLS alert where a reply should be
  if (error.name === 'ParserError' && /got "\\u0015"/.test(error.message)) {
    return "it speaks TLS; use 'rediss://'";
  }
  return undefined;
}

/** An error for a server that cannot be reached, naming where and why. */
export function unavailable(address: RedisAddress, cause: unknown): BrokerUnavailableError {
  if (cause instanceof BrokerUnavailableError) return cause;
  return new BrokerUnavailableError(address.shown, reasonOf(cause), { cause });
}

/** The same for one that never let us in: that may be for want of TLS on one side, which shows in nothing else. */
export function unreachable(address: RedisAddress, cause: unknown): BrokerUnavailableError {
  const reason = reasonOf(cause);
  const isCut = /ECONNRESET|EPIPE|connection (closed|lost)/i.test(reason);
  const isSilent = /ETIMEDOUT|no answer/i.test(reason);
  const { tls, shown } = address;
  if (tls && isSilent) {
    return new BrokerUnavailableError(
      shown,
      `${reason}; if it does not speak TLS, use 'redis://'`,
      { cause },
    );
  }
  if (tls || !isCut) return unavailable(address, cause);
  return new BrokerUnavailableError(shown, `${reason}; if it speaks TLS, use 'rediss://'`, {
    cause,
  });
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
