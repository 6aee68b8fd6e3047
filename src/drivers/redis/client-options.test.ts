import { expect, test } from 'vitest';
import { addressesOf, type RedisOptions } from './address.ts';
import { targetOptions } from './client-options.ts';

const targetOf = (url: string, connection: RedisOptions['connection'] = {}) => {
  const [address] = addressesOf(url, { connectTimeoutMs: 4_000, connection });
  if (!address) throw new Error('no address');
  return targetOptions(address);
};

test('a place is told in full, so that nothing of another one is left', () => {
  expect(targetOf('redis://cache/2')).toEqual({
    ...{ host: 'cache', port: 6379, path: undefined, db: 2 },
    ...{ username: undefined, password: undefined, tls: undefined },
    ...{ connectTimeout: 4_000, connectionName: undefined, keepAlive: 0 },
  });
});

test('a socket replaces host and port', () => {
  expect(targetOf('unix:///run/redis.sock')).toMatchObject({ path: '/run/redis.sock', db: 0 });
});

test('the system probes idle connections, unless told not to', () => {
  expect(targetOf('redis://', { keepAlive: true })).toMatchObject({ keepAlive: 0 });
  expect(targetOf('redis://', { keepAlive: false })).toMatchObject({ keepAlive: undefined });
});

test('what the URL says is stronger than what the settings say', () => {
  const connection = { connectTimeoutMs: 1_000, clientName: 'theirs', keepAlive: true };
  const url = 'redis://?socket_connect_timeout=2&client_name=own&socket_keepalive=false';

  expect(targetOf(url, connection)).toMatchObject({
    ...{ connectTimeout: 2_000, connectionName: 'own', keepAlive: undefined },
  });
});

test('TLS of settings and URL is one, verified, with the name of the host', () => {
  const tls = { passphrase: 'pw' };
  const { tls: made } = targetOf('rediss://cache?ssl_cert_reqs=none', { tls });

  expect(made).toMatchObject({ rejectUnauthorized: false, passphrase: 'pw', servername: 'cache' });
  expect(targetOf('redis://cache', { tls: {} }).tls).toMatchObject({ rejectUnauthorized: true });
  expect(targetOf('rediss://10.0.0.1').tls).not.toHaveProperty('servername');
});
