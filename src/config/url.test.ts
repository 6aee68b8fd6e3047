import { expect, test } from 'vitest';
import { urlProblem } from './url.ts';

test.each([
  'redis://',
  'redis:///1',
  'redis://localhost',
  'redis://localhost:6379/0',
  'redis://:p%40ss@10.0.0.1:6380/15',
  'redis://user:p@ss/word@host',
  'redis://[::1]:6379/2',
  'REDIS://host',
  'rediss://host:6380/1?ssl_cert_reqs=none',
  'redis+socket:///run/redis.sock?virtual_host=1',
  'unix:///run/redis.sock?db=2',
  'redis://:a@one/1;rediss://:b@two/1',
  'sqlite:.celeriac/celeriac.db',
  'sqlite:///data/app.db',
  'sqlite:C:\\data\\app.db',
  'memory:',
  'memory://',
  'memory:///',
  'memory://tests-1',
  'MEMORY://name',
])('%s can be used', (url) => {
  expect(urlProblem(url, 'broker')).toBeUndefined();
  expect(urlProblem(url, 'result backend')).toBeUndefined();
});

test.each([
  ['amqp://u:canary@host//', "scheme 'amqp' is not supported yet"],
  ['memory://a/b', 'letters, digits'],
  ['memory://host?x=1', 'letters, digits'],
  ['memroy://', "unknown scheme 'memroy'; did you mean 'memory'?"],
  ['sqla+postgresql://u:canary@h/d', "scheme 'sqla+postgresql' is not supported yet"],
  ['redis://a:canary@h;sqlite:a.db', 'only servers of Redis'],
  ['redis://a:canary@h/0;redis://b:canary@i/1', 'of different databases'],
  ['redis://a:canary@h;redis://b:canary@i:x', 'from 1 to 65535'],
  ['reddis://:canary@host', "unknown scheme 'reddis'; did you mean 'redis'?"],
  ['gopher://:canary@host', "unknown scheme 'gopher'; use 'redis://…' or 'sqlite:…'"],
  ['localhost:6379', 'no URL'],
  ['u:canary@localhost:6379', 'no URL'],
  ['', 'no URL'],
  ['redis:localhost', 'malformed'],
  ['redis://:canary@ho st', 'malformed'],
  ['redis://:canary@[::1', 'malformed'],
  ['redis://:canary@host:70000', 'from 1 to 65535'],
  ['redis://:canary@host:0', 'from 1 to 65535'],
  ['redis://:canary@host:abc', 'from 1 to 65535'],
  ['redis://:canary@host/celery', 'database'],
  ['redis://:canary@host/-1', 'database'],
  ['redis://host?ssl=true', "use 'rediss://' for TLS"],
  ['rediss://host?ssl_password=canary&ssl_cert_req=none', "did you mean 'ssl_cert_reqs'?"],
  ['sqlite:', 'names no file'],
  ['sqlite:folder/', 'names no file'],
  ['sqlite::memory:', 'no other process can see'],
  ['sqlite:a.db?mode=ro', 'takes no parameters'],
])('%s is refused with the reason, and without its password', (url, reason) => {
  const problem = urlProblem(url, 'broker');

  expect(problem).toContain(reason);
  expect(problem).not.toContain('canary');
});

test("a backend's schemes are its own", () => {
  expect(urlProblem('rpc://', 'result backend')).toContain('not supported yet');
  expect(urlProblem('rpc://', 'broker')).toContain('unknown scheme');
  expect(urlProblem('db+sqlite:///x.db', 'result backend')).toContain('not supported yet');
});
