import { expect, test } from 'vitest';
import { ConfigError } from '../../errors.ts';
import { parseRedisUrl } from './address.ts';

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
])('%s is read', (url, expected) => {
  expect(parseRedisUrl(url)).toMatchObject(expected);
});

test('the shown form has the user and not the password', () => {
  expect(parseRedisUrl('redis://app:s3cret@cache/1').shown).toBe('redis://app@cache:6379/1');
});

test.each([
  'redis:localhost',
  'redis://cache:port',
  'redis://cache:70000',
  'redis://cache/first',
  'redis://cache/0/1',
  'redis://cache/0?ssl=1',
  'redis://cache/-1',
])('%s is refused', (url) => {
  expect(() => parseRedisUrl(url)).toThrow(ConfigError);
});

test('a refusal does not repeat the password', () => {
  expect(() => parseRedisUrl('redis://app:s3cret@cache/first')).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('s3cret') }),
  );
});
