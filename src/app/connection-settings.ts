import type { Settings } from '../config/index.ts';
import type { ConnectionOptions } from '../protocol/index.ts';
import { createLogger } from '../util/index.ts';
import { runtime } from './runtime.ts';

/** Where messages are sent: a URL, or a list of them. */
export function writeUrlOf(settings: Pick<Settings, 'brokerUrl' | 'brokerWriteUrl'>): string {
  return settings.brokerWriteUrl ?? settings.brokerUrl;
}

/** Where a worker takes messages. */
export function readUrlOf(settings: Pick<Settings, 'brokerUrl' | 'brokerReadUrl'>): string {
  return settings.brokerReadUrl ?? settings.brokerUrl;
}

/** How to connect to a broker that is a server. */
export function brokerConnection(settings: Settings): ConnectionOptions {
  const { socketTimeout, socketConnectTimeout, socketKeepalive, healthCheckInterval } =
    settings.brokerTransportOptions;
  return {
    connectTimeoutMs: socketConnectTimeout === null ? undefined : socketConnectTimeout * 1000,
    silenceMs: socketTimeout * 1000,
    keepAlive: socketKeepalive,
    healthCheckMs: healthCheckInterval * 1000,
    tls: tlsOf(settings.brokerUseSsl),
    ...common(settings),
  };
}

/** The same for results. Where both say the same and mean one server, they share their connections. */
export function backendConnection(settings: Settings): ConnectionOptions {
  const { redisSocketConnectTimeout: connectTimeout } = settings;
  return {
    connectTimeoutMs: connectTimeout === null ? undefined : connectTimeout * 1000,
    silenceMs: settings.redisSocketTimeout * 1000,
    keepAlive: settings.redisSocketKeepalive,
    healthCheckMs: settings.redisBackendHealthCheckInterval * 1000,
    tls: tlsOf(settings.redisBackendUseSsl),
    ...common(settings),
  };
}

function common(settings: Settings): ConnectionOptions {
  return {
    clientName: settings.redisClientName ?? undefined,
    failover: settings.brokerFailoverStrategy,
    onNotice: (message) =>
      (runtime().logger ?? createLogger({ level: 'WARNING' })).warning(message),
  };
}

function tlsOf(setting: Settings['brokerUseSsl']): ConnectionOptions['tls'] {
  if (typeof setting === 'boolean') return setting ? {} : undefined;
  return setting;
}
