import { readFileSync } from 'node:fs';
import { createSecureContext, type ConnectionOptions as NodeTlsOptions } from 'node:tls';
import { ConfigError } from '../../errors.ts';
import {
  type ConnectionOptions,
  parseRedisUrl,
  type RedisUrl,
  splitUrls,
  type TlsOptions,
} from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';

/** All that it takes to connect to one Redis; plain data. Never print it: `shown` is for people. */
export interface RedisAddress extends Omit<RedisUrl, 'connection'> {
  /** Undefined: not encrypted. */
  readonly tls: TlsOptions | undefined;
  readonly connectTimeoutMs: Millis;
  readonly silenceMs: Millis;
  readonly healthCheckMs: Millis;
  readonly keepAlive: boolean;
  readonly clientName: string | undefined;
}

/** What a Redis is opened with; what a URL says of itself is stronger. */
export interface RedisOptions {
  /** How long to wait for a connection, with all attempts that it takes. */
  readonly connectTimeoutMs: Millis;
  readonly connection?: ConnectionOptions | undefined;
}

const SILENCE_MS: Millis = 10_000;
const HEALTH_CHECK_MS: Millis = 10_000;

/**
 * Reads a URL, or a list of them with `;` in between, and sees whether the files of TLS can be used.
 * @throws ConfigError
 */
export function addressesOf(urls: string, options: RedisOptions): readonly RedisAddress[] {
  const addresses = splitUrls(urls).map((url) => addressOf(url, options));
  const [first, ...others] = addresses;
  for (const { db } of others) {
    if (db === first?.db) continue;
    throw new ConfigError(
      `the Redis URLs of a list must name one database, got ${first?.db} and ${db}`,
    );
  }
  for (const { tls } of addresses) if (tls) checkTls(tls);
  return addresses;
}

function addressOf(url: string, { connectTimeoutMs, connection = {} }: RedisOptions): RedisAddress {
  const { connection: own, shown, ...place } = parseRedisUrl(url);
  const pick = <Name extends keyof ConnectionOptions>(name: Name) => own[name] ?? connection[name];
  const tls = own.tls || connection.tls ? { ...connection.tls, ...own.tls } : undefined;
  return {
    ...place,
    tls,
    connectTimeoutMs: pick('connectTimeoutMs') ?? connectTimeoutMs,
    silenceMs: pick('silenceMs') ?? SILENCE_MS,
    healthCheckMs: pick('healthCheckMs') ?? HEALTH_CHECK_MS,
    keepAlive: pick('keepAlive') ?? true,
    clientName: pick('clientName'),
    shown: tls ? shown.replace(/^redis:/, 'rediss:') : shown,
  };
}

/** What Node's `tls.connect` takes. The files are read now. Throws what reading them throws. */
export function nodeTlsOptions(tls: TlsOptions, host: string): NodeTlsOptions {
  const { rejectUnauthorized = true, checkHostname = true, servername, passphrase } = tls;
  const [ca, cert, key] = (['ca', 'cert', 'key'] as const).map((name) => {
    const file = tls[`${name}File`];
    return tls[name] ?? (file === undefined ? undefined : readFileSync(file, 'utf8'));
  });
  return {
    ...{ rejectUnauthorized, ca, cert, key, passphrase },
    ...(servername !== undefined ? { servername } : /[a-z]/i.test(host) && { servername: host }),
    ...(!checkHostname && { checkServerIdentity: () => undefined }),
  };
}

function checkTls(tls: TlsOptions): void {
  try {
    const { ca, cert, key, passphrase } = nodeTlsOptions(tls, '');
    createSecureContext({ ca, cert, key, passphrase });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`the TLS options of a Redis cannot be used: ${reason}`, { cause: error });
  }
}
