import { ConfigError } from '../errors.ts';
import { redisSchemes } from '../protocol/index.ts';
import type { BackendOptions, ResultBackend } from './backend.ts';

type Open = (url: string, options: BackendOptions) => Promise<ResultBackend>;

const redis: Open = async (url, options) =>
  (await import('./redis/index.ts')).openRedisBackend(url, options);
/** By scheme of the URL; a client library is loaded only by who uses it. */
const openers: Readonly<Record<string, Open>> = {
  memory: async (url, options) =>
    (await import('./memory/index.ts')).openMemoryBackend(url, options),
  ...Object.fromEntries(redisSchemes.map((scheme) => [scheme, redis])),
  sqlite: async (url, options) =>
    (await import('./sqlite/index.ts')).openSqliteBackend(url, options),
};

/**
 * Opens the result store that a URL names. Connects when it is first used.
 * @throws ConfigError for a scheme that no backend has, or a URL that its backend cannot use.
 */
export async function openBackend(url: string, options: BackendOptions): Promise<ResultBackend> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const open = Object.hasOwn(openers, scheme) ? openers[scheme] : undefined;
  if (!open) {
    const known = Object.keys(openers).map((name) => `'${name}:'`);
    throw new ConfigError(
      `no result backend for URLs of scheme '${scheme}'; use one of ${known.join(', ')}`,
    );
  }
  return open(url, options);
}
