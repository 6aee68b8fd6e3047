import { expect, test } from 'vitest';
import { redactText, redactUrl, redactValue } from './redact.ts';

test.each([
  ['redis://:canary@host:6379/0', 'redis://:***@host:6379/0'],
  ['redis://user:canary@host', 'redis://user:***@host'],
  ['redis://user:can@ary@host', 'redis://user:***@host'],
  ['redis://user:can/ary@host/1', 'redis://user:***@host/1'],
  ['redis://user:can"ary@host', 'redis://user:***@host'],
  ['amqp://a:canary@h;amqp://b:canary@i', 'amqp://a:***@h;amqp://b:***@i'],
  ['redis://host/0?password=canary&db=1', 'redis://host/0?password=***&db=1'],
  ['user:canary@host:6379', '***@host:6379'],
  ['redis:user:canary@host', '***@host'],
])('%s is shown as %s', (url, shown) => {
  expect(redactUrl(url)).toBe(shown);
});

test.each(['redis://localhost:6379/0', 'redis://user@host', 'sqlite:.celeriac/celeriac.db'])(
  '%s has nothing to hide',
  (url) => {
    expect(redactUrl(url)).toBe(url);
  },
);

test('every URL in a text loses its password, and the rest of the text stays', () => {
  const text = "cannot reach 'redis://:canary@a' nor amqps://u:canary@b/v; mail me@example.org";

  expect(redactText(text)).toBe(
    "cannot reach 'redis://:***@a' nor amqps://u:***@b/v; mail me@example.org",
  );
});

test('a web address with an @ in its path is left alone', () => {
  const text = 'see https://example.org/x:y/@scope/name';

  expect(redactText(text)).toBe(text);
});

test('whatever sounds secret is hidden in a value, however deep, and the rest stays', () => {
  const value = {
    url: 'redis://u:canary@host',
    tls: { passphrase: 'canary', key: '-----BEGIN PRIVATE KEY-----\ncanary', keyfile: '/a.key' },
    list: [{ api_key: 'canary' }, { secretAccessKey: 5, token: null }],
    bytes: Buffer.from('canary'),
    routingKey: 'r',
    pattern: /^a/,
    route: function pick() {},
    large: Number.POSITIVE_INFINITY,
  };

  expect(redactValue(value)).toEqual({
    url: 'redis://u:***@host',
    tls: { passphrase: '***', key: '***', keyfile: '/a.key' },
    list: [{ api_key: '***' }, { secretAccessKey: '***', token: null }],
    bytes: '***',
    routingKey: 'r',
    pattern: '/^a/',
    route: '[function pick]',
    large: 'Infinity',
  });
  expect(redactValue('canary', 'securityKeyPassword')).toBe('***');
  expect([redactValue(5), redactValue(undefined), redactValue(true, 'token')]).toEqual([
    ...[5, null, true],
  ]);
});

test.each(['a', 'a-', 'r://', '://', 'r://x;', 'r://@', '?token='])(
  'a long text of %j takes no longer than its length',
  (part) => {
    // a time that grows with the square of the length is minutes here
    for (const text of [`@${part.repeat(100_000)}`, `r://${part.repeat(100_000)} @`]) {
      expect(redactText(text).length).toBeGreaterThan(0);
    }
  },
);

test('passwords are found in every URL of a list, whatever characters they have', () => {
  const urls = 'sentinel://u:a/b#c@h1;redis://:x?y@h2, rediss://v:p@q@h3 https://w:z@h4/@me';

  expect(redactText(urls)).toBe(
    'sentinel://u:***@h1;redis://:***@h2, rediss://v:***@h3 https://w:***@h4/@me',
  );
});
