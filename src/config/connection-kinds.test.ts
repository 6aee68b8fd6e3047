import { expect, test } from 'vitest';
import {
  backendUrl,
  brokerUrl,
  clientName,
  failoverStrategy,
  keepFor,
  keyprefix,
  tls,
} from './connection-kinds.ts';

test('a list of URLs becomes one text', () => {
  const { parse } = brokerUrl('', '');

  expect(parse(['redis://a', 'redis://b/0'])).toEqual({ ok: true, value: 'redis://a;redis://b/0' });
  expect(parse('redis://a')).toEqual({ ok: true, value: 'redis://a' });
  expect(parse([])).toEqual({ ok: false });
  expect(parse(['redis://a', 5])).toEqual({ ok: false });
  expect(parse(['redis://a', 'sqlite:b'])).toMatchObject({
    problem: expect.stringContaining('only'),
  });
  expect(backendUrl(null, '').parse(null)).toEqual({ ok: true, value: null });
});

test.each([
  [60, 60],
  [0, 0],
  [null, 0],
  [{ days: 1 }, 86_400],
  [{ hours: 1, minutes: 1, milliseconds: 500 }, 3_660.5],
])('%j is how long something is kept: %d s', (given, value) => {
  expect(keepFor(1, '').parse(given)).toEqual({ ok: true, value });
});

test.each([-1, Number.NaN, '60', true, {}, { weeks: 1 }, { days: '1' }, { days: -1 }, [1]])(
  '%j is no span to keep something for',
  (given) => {
    expect(keepFor(1, '').parse(given)).toEqual({ ok: false });
  },
);

test('a span is also read from text', () => {
  const { fromText } = keepFor(1, '');

  expect([fromText('60'), fromText('None'), fromText('{"days": 1}'), fromText('soon')]).toEqual([
    ...[60, null, { days: 1 }, 'soon'],
  ]);
});

test('TLS options have the names of Node and those of Celery, in either spelling', () => {
  const pem = '-----BEGIN CERTIFICATE-----\n';
  const { parse } = tls('');

  expect(parse({ ca: [Buffer.from(pem), pem], servername: 'a' })).toEqual({
    ok: true,
    value: { ca: `${pem}\n${pem}`, servername: 'a' },
  });
  const files = { caFile: 'a', certFile: 'b', keyFile: 'c' };
  expect(parse({ ssl_ca_certs: 'a', ssl_certfile: 'b', ssl_keyfile: 'c' })).toMatchObject({
    value: files,
  });
  expect(parse({ sslCaCerts: 'a', sslCertfile: 'b', sslKeyfile: 'c' })).toMatchObject({
    value: files,
  });
  expect(parse({ ssl_cert_reqs: 0 })).toMatchObject({ value: { rejectUnauthorized: false } });
});

test.each([
  [{ ssl_ca_cert: 'a' }, "has 'ssl_ca_cert', which is no TLS option; did you mean 'ssl_ca_certs'?"],
  [{ ca: '/etc/ca.pem' }, "has 'ca', which must be PEM text; for a file use the ssl_… name"],
  [
    { ssl_cert_reqs: 'maybe' },
    "has 'ssl_cert_reqs', which must be 'required', 'optional' or 'none'",
  ],
  [{ rejectUnauthorized: 'maybe' }, "has 'rejectUnauthorized', which must be true or false"],
  [{ checkServerIdentity: () => undefined }, "has 'checkServerIdentity', which is no TLS option"],
])('%j is refused', (given, problem) => {
  expect(tls('').parse(given)).toEqual({ ok: false, problem });
});

test('a strategy is a name or a function', () => {
  const { parse } = failoverStrategy('round-robin', '');
  const strategy = (urls: readonly string[]): readonly string[] => urls;

  expect(parse('shuffle')).toMatchObject({ value: 'shuffle' });
  expect(parse(strategy)).toMatchObject({ value: strategy });
  expect(parse('best')).toEqual({ ok: false });
});

test("a connection's name is what servers take for one", () => {
  expect(clientName('').parse('orders-1')).toMatchObject({ value: 'orders-1' });
  for (const given of ['', 'two words', 'line\n', 5]) {
    expect(clientName('').parse(given)).toEqual({ ok: false });
  }
});

test('a key prefix has no control characters, which part what travels together', () => {
  expect(keyprefix('').parse('app [1]:')).toMatchObject({ value: 'app [1]:' });
  expect(keyprefix('').parse('')).toMatchObject({ value: '' });
  for (const given of ['a\n', 'a\x06', 5, null])
    expect(keyprefix('').parse(given)).toEqual({ ok: false });
});
