import { ConfigError } from '../errors.ts';
import { redisSchemes } from '../protocol/index.ts';
import type { Transport, TransportOptions } from './transport.ts';

type Open = (url: string, options: TransportOptions) => Promise<Transport>;

const redis: Open = async (url, options) =>
  (await import('./redis/index.ts')).openRedisTransport(url, options);
/** By scheme of the URL; a client library is loaded only by who uses it. */
const openers: Readonly<Record<string, Open>> = {
  memory: async (url, options) =>
    (await import('./memory/index.ts')).openMemoryTransport(url, options),
  ...Object.fromEntries(redisSchemes.map((scheme) => [scheme, redis])),
  sqlite: async (url, options) =>
    (await import('./sqlite/index.ts')).openSqliteTransport(url, options),
};

/**
 * Opens the broker that a URL names. Connects when it is first used.
 * @throws ConfigError for a scheme that no transport has, or a URL that its transport cannot use.
 */
export async function openTransport(url: string, options: TransportOptions): Promise<Transport> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const open = Object.hasOwn(openers, scheme) ? openers[scheme] : undefined;
  if (!open) {
    const known = Object.keys(openers).map((name) => `'${name}:'`);
    throw new ConfigError(
      `no broker for URLs of scheme '${scheme}'; use one of ${known.join(', ')}`,
    );
  }
  return open(url, options);
}
