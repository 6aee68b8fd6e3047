import { ConfigError } from '../errors.ts';
import { nearest, redactUrl } from '../util/index.ts';
import type { ConnectionOptions, TlsOptions } from './connection-options.ts';
import { readTls, tlsWords, truth } from './tls-words.ts';

/** Where a Redis is, who we are to it, and what its URL says about connecting. Never print it: `shown` is for people. */
export interface RedisUrl {
  readonly host: string;
  readonly port: number;
  /** A Unix socket, in place of host and port. */
  readonly path: string | undefined;
  readonly db: number;
  /** Undefined is the default user. */
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Of the parameters after `?`; `tls` is there for `rediss:`, if only empty. */
  readonly connection: ConnectionOptions;
  /** The URL without its password and parameters. */
  readonly shown: string;
}

/** Schemes that mean a Redis. */
export const redisSchemes = ['redis', 'rediss', 'redis+socket', 'unix'] as const;

// the password may hold any character, as Python's parser has it: the last @ ends it
const tcpForm =
  /^(?<scheme>rediss?):\/\/(?:(?<user>[^:]*?)(?::(?<password>.*))?@)?(?<host>\[[0-9a-f:.]+\]|[^:/?#@[\]\s]*)(?::(?<port>[^/]*))?(?:\/(?<db>[^/#\s]*))?$/i;
const socketForm =
  /^(?<scheme>redis\+socket|unix):\/\/(?:(?<user>[^:/]*?)(?::(?<password>.*))?@)?(?<path>\/[^?#]+)$/i;
/** Parameters begin where something like a name follows; another `?` is a part of a password. */
const queryStart = /\?(?=[a-z_]+=|$)/i;

const remedies = {
  tcp: "write 'redis://[user][:password]@host[:port][/db]'",
  socket: "write 'redis+socket:///path/to/socket?virtual_host=0'",
};

/** What a URL is read into, or the end of a sentence that begins "is '<url>', ". */
export type ReadRedisUrl =
  | Readonly<{ ok: true; url: RedisUrl }>
  | Readonly<{ ok: false; problem: string }>;

/**
 * Reads `redis://[user][:password]@host[:port][/db]`, the same with `rediss:` for TLS, and
 * `redis+socket:///path` or `unix:///path`, each with the parameters of Kombu's and redis-py's that have a meaning
 * here. User and password are percent-decoded; nothing of them is in a problem.
 */
export function readRedisUrl(url: string): ReadRedisUrl {
  const [base = '', query = ''] = splitQuery(url);
  const isSocket = /^(redis\+socket|unix):/i.test(url);
  const parts = (isSocket ? socketForm : tcpForm).exec(base)?.groups;
  if (!parts) {
    return refused(`a malformed URL; ${isSocket ? remedies.socket : remedies.tcp}`);
  }
  const port = wholeNumber(parts.port || '6379', 65_535);
  if (/[[\]\s]/.test(parts.port ?? '')) return refused(`a malformed URL; ${remedies.tcp}`);
  if (!port) return refused('and the port must be a whole number from 1 to 65535');
  const parameters = readParameters(query);
  if (typeof parameters === 'string') return refused(parameters);
  const dbText = parameters.db ?? parts.db;
  const db = wholeNumber(dbText || '0', 2 ** 31 - 1);
  if (db === undefined) {
    return refused(
      "and the database after '/' (or in 'virtual_host') must be a whole number such as 0",
    );
  }
  const tls = tlsOf(parts.scheme?.toLowerCase() === 'rediss', parameters.tls);
  if (typeof tls === 'string') return refused(tls);
  const username = (parameters.username ?? decode(parts.user)) || undefined;
  const password = (parameters.password ?? decode(parts.password)) || undefined;
  const place = {
    host: (parts.host || 'localhost').replace(/^\[|\]$/g, ''),
    ...{ port, db, username, password, path: decode(parts.path) },
  };
  const connection = { ...parameters.connection, ...(tls && { tls }) };
  return { ok: true, url: { ...place, connection, shown: shownAs(place, parts) } };
}

/** The same for who has no use for a problem. @throws ConfigError, which does not repeat the password. */
export function parseRedisUrl(url: string): RedisUrl {
  const read = readRedisUrl(url);
  if (read.ok) return read.url;
  throw new ConfigError(`the Redis URL is '${redactUrl(url)}', ${read.problem}`);
}

/** The URLs of a list as Kombu writes it, with `;` between them; a `;` in a password is none. */
export function splitUrls(urls: string): string[] {
  return urls.split(/\s*;\s*(?=[a-z][a-z0-9+.-]*:)/i);
}

function refused(problem: string): ReadRedisUrl {
  return { ok: false, problem };
}

function splitQuery(url: string): string[] {
  const at = url.search(queryStart);
  return at < 0 ? [url] : [url.slice(0, at), url.slice(at + 1)];
}

function shownAs(
  { username, db, path }: Pick<RedisUrl, 'username' | 'db' | 'path'>,
  { scheme = '', host, port }: Readonly<Record<string, string | undefined>>,
): string {
  const who = username ? `${encodeURIComponent(username)}@` : '';
  const start = `${scheme.toLowerCase()}://${who}`;
  if (path !== undefined) return `${start}${path}${db ? `?virtual_host=${db}` : ''}`;
  return `${start}${host || 'localhost'}:${port || 6379}/${db}`;
}

/** What parameters come to. */
interface Parameters {
  db?: string;
  username?: string;
  password?: string;
  readonly connection: Record<string, unknown>;
  readonly tls: Record<string, string>;
}

/** Parameters that mean nothing here, and why. */
const meaningless: Readonly<Record<string, string>> = {
  max_connections: 'there is no pool: a process has three connections at most',
  retry_on_timeout: 'what was not answered may have been done, and is never sent twice',
  retry_on_error: 'what was not answered may have been done, and is never sent twice',
  ssl: "use 'rediss://' for TLS",
};

const spans: Readonly<Record<string, keyof ConnectionOptions>> = {
  socket_timeout: 'silenceMs',
  socket_connect_timeout: 'connectTimeoutMs',
  connect_timeout: 'connectTimeoutMs',
  health_check_interval: 'healthCheckMs',
};
const texts = ['username', 'password'] as const;
const known = [
  ...['db', 'virtual_host', 'client_name', 'socket_keepalive', ...texts, ...Object.keys(spans)],
  ...tlsWords.filter((word) => word.startsWith('ssl_')),
];

/** @returns the problem if one of them cannot be used */
function readParameters(query: string): Parameters | string {
  const found: Parameters = { connection: {}, tls: {} };
  for (const pair of query.split('&').filter(Boolean)) {
    const [name = '', ...rest] = pair.split('=');
    const value = decode(rest.join('=')) ?? '';
    const problem = take(found, name, value);
    if (problem) return `and its parameter '${name}' ${problem}`;
  }
  return found;
}

/** @returns the problem with a parameter, undefined for none */
function take(found: Parameters, name: string, value: string): string | undefined {
  const reason = Object.hasOwn(meaningless, name) ? meaningless[name] : undefined;
  if (reason) return `has no use here: ${reason}`;
  if (!known.includes(name)) {
    const near = nearest(name, known);
    return near ? `is unknown; did you mean '${near}'?` : 'is unknown; leave it out';
  }
  const span = spans[name];
  if (name === 'db' || name === 'virtual_host') found.db = value.replace(/^\//, '');
  else if (name.startsWith('ssl_')) found.tls[name] = value;
  else if (span) {
    const seconds = value.trim() === '' ? Number.NaN : Number(value);
    const min = span === 'healthCheckMs' ? 0 : 0.001;
    if (!(seconds >= min && seconds <= 2_147_483)) return `must be seconds from ${min}`;
    found.connection[span] = seconds * 1000;
  } else if (name === 'socket_keepalive') {
    const keepAlive = truth(value);
    if (keepAlive === undefined) return 'must be true or false';
    found.connection.keepAlive = keepAlive;
  } else if (name === 'client_name') {
    if (!isClientName(value)) return 'must be printable and without spaces';
    found.connection.clientName = value;
  } else found[name as (typeof texts)[number]] = value;
  return undefined;
}

/** Whether a server takes it as the name of a connection. */
export function isClientName(text: string): boolean {
  return /^[!-~]+$/.test(text);
}

/** @returns the problem, or undefined for a connection that is not encrypted */
function tlsOf(
  isEncrypted: boolean,
  given: Readonly<Record<string, string>>,
): TlsOptions | string | undefined {
  const [first] = Object.keys(given);
  if (!isEncrypted) {
    return first && `and its parameter '${first}' is for TLS; use 'rediss://' or leave it out`;
  }
  const read = readTls(given);
  return read.ok ? read.tls : `and its parameter '${read.name}' ${read.problem}`;
}

function wholeNumber(text: string, max: number): number | undefined {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value <= max ? value : undefined;
}

function decode(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a % that encodes nothing stands for itself
  }
}
