import { ConfigError } from '../../errors.ts';

/** Where a Redis is and who we are to it. Never print it: `shown` is for people. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  /** Undefined is the default user. */
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The URL without its password. */
  readonly shown: string;
}

// the password may hold any character, as Python's parser has it: the last @ ends it
const form =
  /^redis:\/\/(?:(?<user>[^:]*?)(?::(?<password>.*))?@)?(?<host>\[[^\]]+\]|[^:/?#@[\]]*)(?::(?<port>[^/]*))?(?:\/(?<db>[^/]*))?$/i;

/**
 * Reads `redis://[user][:password]@host[:port][/db]`; each part may be left out.
 * User and password are percent-decoded. @throws ConfigError, which does not repeat the password.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const parts = form.exec(url)?.groups;
  if (!parts) {
    throw new ConfigError(
      'the Redis URL is malformed; write it as redis://[user][:password]@host[:port][/db]',
    );
  }
  const host = parts.host || 'localhost';
  const port = wholeNumber(parts.port || '6379', 'port', 65_535);
  const db = wholeNumber(parts.db || '0', 'database', 2 ** 31 - 1);
  const username = decode(parts.user) || undefined;
  const who = username ? `${encodeURIComponent(username)}@` : '';
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port,
    db,
    username,
    password: decode(parts.password) || undefined,
    shown: `redis://${who}${host}:${port}/${db}`,
  };
}

function wholeNumber(text: string, what: string, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value <= max) return value;
  throw new ConfigError(
    `the ${what} in a Redis URL must be a whole number up to ${max}, got '${text}'`,
  );
}

function decode(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a % that encodes nothing stands for itself
  }
}
