import type { BackendOptions } from '../backends/index.ts';
import type { Settings } from '../config/index.ts';
import { type ConnectionOptions, type ResultFormat, resultKeyprefixOf } from '../protocol/index.ts';
import type { TransportOptions } from '../transports/index.ts';
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

/** What a broker is opened with. */
export function transportOptions(settings: Settings): TransportOptions {
  const { brokerTransportOptions, brokerConnectionTimeout } = settings;
  const { visibilityTimeout, leaseTimeout, queueOrderStrategy } = brokerTransportOptions;
  const { prioritySteps, sep, unackedKey, unackedIndexKey } = brokerTransportOptions;
  const { fanoutPrefix, fanoutPatterns, globalKeyprefix } = brokerTransportOptions;
  return {
    visibilityTimeoutMs: visibilityTimeout * 1000,
    leaseTimeoutMs: leaseTimeout * 1000,
    queueOrderStrategy,
    layout: {
      ...{ prioritySteps, sep, fanoutPrefix, fanoutPatterns, unackedKey, unackedIndexKey },
      ...{ globalKeyprefix, resultKeyprefix: resultKeyprefix(settings) },
    },
    connectTimeoutMs: brokerConnectionTimeout * 1000,
    connection: brokerConnection(settings),
  };
}

/** What a result store is opened with. @param replyTo - what the app's messages carry. */
export function backendOptions(settings: Settings, replyTo: string): BackendOptions {
  const { resultExpires, brokerConnectionTimeout } = settings;
  const { types: jsonTypes, ...format } = resultFormat(settings);
  return {
    connection: backendConnection(settings),
    keyprefix: resultKeyprefix(settings),
    expiresMs: resultExpires * 1000,
    isChordOrdered: settings.resultBackendTransportOptions.resultChordOrdered,
    connectTimeoutMs: brokerConnectionTimeout * 1000,
    jsonTypes,
    format,
    replyTo,
  };
}

/**
 * How results are written and read. JSON is data and no more: it is read unless `resultAcceptContent` says otherwise,
 * whatever messages must be.
 */
export function resultFormat(settings: Settings): ResultFormat {
  const { jsonTypes, resultSerializer, resultAcceptContent, acceptContent, taskMaxPayload } =
    settings;
  return {
    types: jsonTypes,
    serializer: resultSerializer,
    accept: resultAcceptContent ?? ['json', ...acceptContent],
    maxBytes: taskMaxPayload,
  };
}

function resultKeyprefix({ resultBackendTransportOptions }: Settings): string {
  return resultKeyprefixOf(resultBackendTransportOptions.globalKeyprefix);
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
