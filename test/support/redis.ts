import { beforeAll, beforeEach } from 'vitest';
import { type RedisServer, startRedis as startServer } from '../../scripts/redis-server.mjs';
import { redisBinary } from '../../scripts/services.mjs';
import { onFileEnd } from './cleanup.ts';

export type { RedisServer };

/** What a test asks of its Redis; `args` go to redis-server as they are. */
export interface RedisOptions {
  readonly args?: readonly string[];
  /** A free one if not given. */
  readonly port?: number;
}

/** Starts a private Redis, ended when the test file is over. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const server = await startServer({ binary: redisBinary(), ...options });
  onFileEnd(() => server.stop());
  return server;
}

/**
 * One private Redis for all tests of a file (or `describe`), emptied before each.
 * @returns a function for the server, to be called in tests and hooks.
 */
export function useRedis(options?: RedisOptions): () => RedisServer {
  let server: RedisServer | undefined;
  const current = (): RedisServer => {
    if (!server) throw new Error('useRedis() has its server only in tests and hooks');
    return server;
  };
  beforeAll(async () => {
    server = await startRedis(options);
  });
  beforeEach(async () => {
    await current().cli('FLUSHALL');
  });
  return current;
}
