import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readVectors } from '../../test/vectors/vectors.ts';
import { DecodeError } from '../errors.ts';
import { parseEnvelope } from './envelope.ts';
import { spliceHeaders } from './splice-headers.ts';

const captured = readVectors<{ lists: Record<string, string[]> }>('5.6.2', 'ab_redis_producer')
  .flatMap(({ lists }) => Object.values(lists).flat())
  .map((text) => [text] as const);

test.each(captured)('a header is added at the end, all other bytes kept: %#', (text) => {
  const spliced = spliceHeaders(text, { 'x-celeriac-deliveries': 2 });

  const added = /(?:, )?"x-celeriac-deliveries": 2(?=}, "properties": {)/;
  expect(spliced).toMatch(added);
  expect(spliced.replace(added, '')).toBe(text);
});

test('a header that is there is replaced where it stands, however often', () => {
  const [text = ''] = captured[0] ?? [];
  const once = spliceHeaders(text, { n: 1, eta: '2030-01-01T00:00:00Z' });

  expect(spliceHeaders(once, { n: 22 })).toBe(once.replace('"n": 1', '"n": 22'));
  expect(once).toContain('"shadow": null, "eta": "2030-01-01T00:00:00Z", "expires": null');
});

test.each([
  ['{"headers": {}, "body": ""}', '{"headers": {"n": 1}, "body": ""}'],
  [
    '{ "body":"\\"headers\\": {}","headers" : { "a":[{"n":2}] } }',
    '{ "body":"\\"headers\\": {}","headers" : { "a":[{"n":2}] , "n": 1} }',
  ],
  ['{"headers":{"\\u006e":true,"b":1}}', '{"headers":{"\\u006e":1,"b":1}}'],
  ['{"headers":{"a":"}\\\\","n":"x,}"}}', '{"headers":{"a":"}\\\\","n":1}}'],
  ['{"h":{"headers":{}},"headers":{"n" : 12 }}', '{"h":{"headers":{}},"headers":{"n" : 1 }}'],
])('%s is spliced, whatever its layout', (text, spliced) => {
  expect(spliceHeaders(text, { n: 1 })).toBe(spliced);
});

test.each([
  ['nonsense'],
  ['{}'],
  ['{"headers": null}'],
  ['{"headers": {"a": '],
  ['{"headers" 1}'],
  ['{"headers":{"a":{};"b":1}}'],
  [''],
])('%s is refused', (text) => {
  expect(() => spliceHeaders(text, { n: 1 })).toThrow(DecodeError);
});

test('any headers take any other', () => {
  const header = fc.string({ minLength: 1 });

  fc.assert(
    fc.property(
      fc.dictionary(header, fc.jsonValue()),
      header,
      fc.string(),
      (headers, name, value) => {
        const payload = JSON.stringify({ headers, body: '', properties: {} });

        const envelope = parseEnvelope(spliceHeaders(payload, { [name]: value }));

        const expected = Object.fromEntries([...Object.entries(headers), [name, value]]);
        expect(envelope.ok && JSON.parse(envelope.headersText)).toEqual(
          JSON.parse(JSON.stringify(expected)),
        );
      },
    ),
  );
});
