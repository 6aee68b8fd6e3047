import { expect, test } from 'vitest';
import { ConfigError } from '../errors.ts';
import { parseRedisUrl, splitUrls } from './redis-url.ts';

test.each([
  ['redis://', { host: 'localhost', port: 6379, db: 0, shown: 'redis://localhost:6379/0' }],
  ['redis://cache', { host: 'cache', port: 6379, db: 0 }],
  ['redis://127.0.0.1:7000/3', { host: '127.0.0.1', port: 7000, db: 3 }],
  ['redis:///2', { host: 'localhost', db: 2 }],
  ['redis://[::1]:7000', { host: '::1', port: 7000, shown: 'redis://[::1]:7000/0' }],
  ['redis://:s3cret@cache/1', { username: undefined, password: 's3cret', host: 'cache', db: 1 }],
  ['redis://app:p%40ss@cache', { username: 'app', password: 'p@ss' }],
  ['redis://app:a/b@c@cache:1', { username: 'app', password: 'a/b@c', host: 'cache', port: 1 }],
  ['redis://app:100%@cache', { password: '100%' }],
  ['redis://app:w?y@cache', { password: 'w?y', host: 'cache' }],
  ['redis://cache?db=4', { host: 'cache', db: 4 }],
  ['redis://cache/1?virtual_host=/4', { db: 4 }],
  ['redis://cache/1?username=app&password=p%26w', { username: 'app', password: 'p&w' }],
  ['redis+socket:///run/redis.sock', { path: '/run/redis.sock', db: 0 }],
  [
    'redis+socket://:pw@/run/a%20b.sock?virtual_host=1',
    {
      path: '/run/a b.sock',
      db: 1,
      password: 'pw',
      shown: 'redis+socket:///run/a b.sock?virtual_host=1',
    },
  ],
  ['unix://app@/run/redis.sock?db=2&password=pw', { username: 'app', password: 'pw', db: 2 }],
])('%s is read', (url, expected) => {
  expect(parseRedisUrl(url)).toMatchObject(expected);
});

test.each([
  ['redis://cache', {}],
  ['rediss://cache', { tls: {} }],
  [
    'rediss://cache?ssl_cert_reqs=CERT_NONE&ssl_ca_certs=/etc/ca.pem',
    { tls: { rejectUnauthorized: false, caFile: '/etc/ca.pem' } },
  ],
  [
    'rediss://cache/0?ssl_cert_reqs=optional&ssl_check_hostname=false',
    { tls: { rejectUnauthorized: true, checkHostname: false } },
  ],
  [
    'rediss://cache?ssl_certfile=/c.pem&ssl_keyfile=/k.pem&ssl_password=pw',
    { tls: { certFile: '/c.pem', keyFile: '/k.pem', passphrase: 'pw' } },
  ],
  [
    'rediss://cache?ssl_certfile=/both.pem',
    { tls: { certFile: '/both.pem', keyFile: '/both.pem' } },
  ],
  [
    'redis://cache?socket_timeout=2.5&socket_connect_timeout=1&health_check_interval=0',
    { silenceMs: 2500, connectTimeoutMs: 1000, healthCheckMs: 0 },
  ],
  ['redis://cache?socket_keepalive=no&client_name=w1', { keepAlive: false, clientName: 'w1' }],
])('what %s says about connecting is understood', (url, connection) => {
  expect(parseRedisUrl(url).connection).toEqual(connection);
});

test('the shown form has the user, and neither the password nor parameters', () => {
  const { shown } = parseRedisUrl('redis://app:s3cret@cache/1?client_name=w1&password=other');

  expect(shown).toBe('redis://app@cache:6379/1');
});

test.each([
  ['redis:localhost', 'malformed'],
  ['redis://cache:port', 'from 1 to 65535'],
  ['redis://cache:70000', 'from 1 to 65535'],
  ['redis://cache/first', 'whole number such as 0'],
  ['redis://cache/0/1', 'malformed'],
  ['redis://cache/-1', 'whole number such as 0'],
  ['redis://cache?db=two', 'whole number such as 0'],
  ['redis://cache/0?ssl=1', "parameter 'ssl' has no use here: use 'rediss://' for TLS"],
  ['redis://cache/0?ssl_cert_reqs=none', "'ssl_cert_reqs' is for TLS; use 'rediss://'"],
  ['rediss://cache?ssl_cert_reqs=maybe', "must be 'required', 'optional' or 'none'"],
  ['rediss://cache?ssl_ca_cert=x', "'ssl_ca_cert' is unknown; did you mean 'ssl_ca_certs'?"],
  ['redis://cache?max_connections=5', "'max_connections' has no use here: there is no pool"],
  ['redis://cache?retry_on_timeout=1', 'never sent twice'],
  ['redis://cache?socket_timeout=soon', "'socket_timeout' must be seconds from 0.001"],
  ['redis://cache?socket_keepalive=2', "'socket_keepalive' must be true or false"],
  ['redis://cache?client_name=a%20b', "'client_name' must be printable and without spaces"],
  ['redis://cache?flavour=1', "'flavour' is unknown"],
  ['redis+socket://run/redis.sock', 'malformed'],
  ['unix://', 'malformed'],
])('%s is refused: %s', (url, reason) => {
  expect(() => parseRedisUrl(url)).toThrow(ConfigError);
  expect(() => parseRedisUrl(url)).toThrow(reason);
});

test('a refusal does not repeat the password', () => {
  for (const url of ['redis://app:s3cret@cache/first', 'redis://cache?password=s3cret&db=x']) {
    expect(() => parseRedisUrl(url)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('s3cret') }),
    );
  }
});

test('a list is parted where another URL begins, not at every semicolon', () => {
  expect(splitUrls('redis://:a;b@one; rediss://two;redis://three')).toEqual([
    'redis://:a;b@one',
    'rediss://two',
    'redis://three',
  ]);
});
