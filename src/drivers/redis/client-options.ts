import type { RedisOptions } from 'ioredis';
import { nodeTlsOptions, type RedisAddress } from './address.ts';

/** What the client is told whatever it connects to: it keeps nothing back and repeats nothing. */
export const fixedOptions: Omit<RedisOptions, 'replyMapping'> = {
  ...{ lazyConnect: true, protocol: 2, disableClientInfo: true, enableReadyCheck: false },
  ...{ enableOfflineQueue: false, autoResendUnfulfilledCommands: false },
  ...{ autoResubscribe: false, maxRetriesPerRequest: 0 },
  // we end its streams ourselves; it would wait for the end of one that has ended, and keep the process up
  disconnectTimeout: 0,
};

/** What the client is told about a place; all of it, as it replaces that of another. Throws what reading files throws. */
export function targetOptions(address: RedisAddress): Record<string, unknown> {
  const { host, port, path, db, username, password, tls, clientName } = address;
  return {
    ...{ host, port, path, db, username, password },
    connectTimeout: address.connectTimeoutMs,
    connectionName: clientName,
    keepAlive: address.keepAlive ? 0 : undefined,
    tls: tls && nodeTlsOptions(tls, host),
  };
}
