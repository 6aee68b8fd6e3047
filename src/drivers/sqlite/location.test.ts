import { expect, test } from 'vitest';
import { ConfigError } from '../../errors.ts';
import { parseSqliteUrl } from './location.ts';

test.each([
  ['sqlite:data/app.db', 'data/app.db'],
  ['sqlite:/data/app.db', '/data/app.db'],
  ['sqlite://data/app.db', 'data/app.db'],
  ['sqlite:///data/app.db', '/data/app.db'],
  ['sqlite://.celeriac/celeriac.db', '.celeriac/celeriac.db'],
  ['SQLite:my%20file.db', 'my%20file.db'],
])('%s names the file %s', (url, path) => {
  expect(parseSqliteUrl(url)).toBe(path);
});

test.each([
  'sqlite:',
  'sqlite://',
  'sqlite:///',
  'sqlite:dir/',
  'sqlite:a.db?mode=ro',
  'redis://a',
])('%s is refused by name', (url) => {
  const parse = () => parseSqliteUrl(url);

  expect(parse).toThrow(ConfigError);
  expect(parse).toThrow(`'${url}'`);
});

test('a database in memory is refused, as no other process would see it', () => {
  expect(() => parseSqliteUrl('sqlite::memory:')).toThrow('name a file instead');
});
