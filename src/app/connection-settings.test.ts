import { expect, test } from 'vitest';
import { resolveSettings, type SettingsOptions } from '../config/index.ts';
import {
  backendConnection,
  brokerConnection,
  readUrlOf,
  writeUrlOf,
} from './connection-settings.ts';

const settingsOf = (options: SettingsOptions) => resolveSettings({ options });

test('broker and result backend are connected to alike where nothing is said, and so over the same connections', () => {
  const settings = settingsOf({ broker: 'redis://a', backend: 'redis://a' });
  const { onNotice: _told, ...broker } = brokerConnection(settings);
  const { onNotice: _tells, ...backend } = backendConnection(settings);

  expect(backend).toEqual(broker);
  expect(broker).toEqual({
    ...{ connectTimeoutMs: undefined, silenceMs: 10_000, healthCheckMs: 10_000, keepAlive: true },
    ...{ tls: undefined, clientName: undefined, failover: 'round-robin' },
  });
});

test('each of them has options of its own', () => {
  const settings = settingsOf({
    brokerTransportOptions: {
      ...{ socketTimeout: 1, socketConnectTimeout: 2, socketKeepalive: false },
      healthCheckInterval: 3,
    },
    ...{ brokerUseSsl: true, redisBackendUseSsl: { ssl_cert_reqs: 'none' } },
    ...{ redisSocketTimeout: 4, redisSocketConnectTimeout: 5, redisSocketKeepalive: true },
    ...{ redisBackendHealthCheckInterval: 0 },
  });

  expect(brokerConnection(settings)).toMatchObject({
    ...{ silenceMs: 1_000, connectTimeoutMs: 2_000, keepAlive: false, healthCheckMs: 3_000 },
    tls: {},
  });
  expect(backendConnection(settings)).toMatchObject({
    ...{ silenceMs: 4_000, connectTimeoutMs: 5_000, keepAlive: true, healthCheckMs: 0 },
    tls: { rejectUnauthorized: false },
  });
});

test('both follow one strategy, and go by one name', () => {
  const strategy = (urls: readonly string[]): readonly string[] => urls;
  const settings = settingsOf({ brokerFailoverStrategy: strategy, redisClientName: 'orders' });

  for (const connection of [brokerConnection(settings), backendConnection(settings)]) {
    expect(connection).toMatchObject({ failover: strategy, clientName: 'orders' });
  }
});

test('messages are read and written at brokerUrl, unless another place is named for one of them', () => {
  const plain = settingsOf({ broker: ['redis://a', 'redis://b'] });
  const apart = settingsOf({
    ...{ brokerReadUrl: 'redis://r', brokerWriteUrl: ['redis://w', 'redis://x'] },
  });

  expect([readUrlOf(plain), writeUrlOf(plain)]).toEqual(Array(2).fill('redis://a;redis://b'));
  expect([readUrlOf(apart), writeUrlOf(apart)]).toEqual(['redis://r', 'redis://w;redis://x']);
});
