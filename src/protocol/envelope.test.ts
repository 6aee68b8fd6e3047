import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readVectors } from '../../test/vectors/vectors.ts';
import type { CeleriacError } from '../errors.ts';
import { decodeBody } from './body.ts';
import { encodeEnvelope, type ParsedEnvelope, parseEnvelope } from './envelope.ts';
import type { MessageProperties, OutgoingMessage, TaskHeaders } from './message.ts';

interface ProducerVector {
  readonly name: string;
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

/** Every captured entry of a queue, with the queue's name. */
const entries = (['5.6.2', '5.2.6'] as const).flatMap((version) =>
  [
    ...readVectors<ProducerVector>(version, 'ab_redis_producer'),
    ...readVectors<ProducerVector>(version, 'e_canvas_wire'),
  ].flatMap(({ name, lists }) =>
    Object.values(lists).flatMap((list) =>
      list.map((text) => ({ name: `${name} of ${version}`, text })),
    ),
  ),
);

/** Those with properties that we never send: they came from options that we refuse. */
const foreignProperties = /"app_id"|"reply_to": "[^"]*", "argsrepr"/;

const reencodable = entries.filter(
  ({ text }) =>
    text.includes('"content-type": "application/json"') &&
    !text.includes('"compression"') &&
    !foreignProperties.test(text),
);

function parsed(text: string): ParsedEnvelope & { ok: true } {
  const envelope = parseEnvelope(text);
  if (!envelope.ok) throw new Error(envelope.reason);
  return envelope;
}

test('the captures are there', () => {
  expect(entries.length).toBeGreaterThan(180);
  expect(reencodable.length).toBeGreaterThan(160);
});

test.each(entries)('$name is taken apart as JSON.parse would', ({ text }) => {
  const whole = JSON.parse(text);

  const { headersText, ...envelope } = parsed(text);

  expect(text).toContain(`"headers": ${headersText}, "properties": {`);
  expect(envelope).toEqual({
    ok: true,
    headers: whole.headers,
    properties: whole.properties,
    contentType: whole['content-type'],
    contentEncoding: whole['content-encoding'],
    body: whole.body,
    bodyEncoding: 'base64',
  });
});

test.each(reencodable)('$name is written again byte for byte', ({ text }) => {
  const envelope = parsed(text);
  const info = envelope.properties.delivery_info as { routing_key: string };
  const message: OutgoingMessage = {
    queue: info.routing_key,
    headers: envelope.headers as TaskHeaders,
    properties: envelope.properties as unknown as MessageProperties,
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body: Buffer.from(envelope.body, 'base64').toString(),
  };

  expect(encodeEnvelope(message, String(envelope.properties.delivery_tag))).toBe(text);
});

function message(headers: Record<string, unknown> = {}): OutgoingMessage {
  const sent = parsed(entries[0]?.text ?? '');
  return {
    queue: 'celery',
    headers: { ...(sent.headers as TaskHeaders), ...headers },
    properties: sent.properties as unknown as MessageProperties,
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body: '[[], {}, {}]',
  };
}

test('headers in any order are written in the order of Celery, custom ones last', () => {
  const usual = message({ custom: { a: 1 } });
  const reversed = Object.fromEntries(Object.entries(usual.headers).reverse()) as TaskHeaders;

  const text = encodeEnvelope({ ...usual, headers: reversed }, 'tag');

  expect(text).toBe(encodeEnvelope(usual, 'tag'));
  expect(text).toContain('"stamps": {}, "custom": {"a": 1}}, "properties"');
});

test('a header that is undefined is left out', () => {
  const text = encodeEnvelope(message({ custom: undefined, shadow: undefined }), 'tag');

  expect(parsed(text).headers).not.toHaveProperty('shadow');
  expect(text).not.toContain('custom');
});

test('a custom header without a JSON form is refused by name', () => {
  expect(() => encodeEnvelope(message({ custom: [() => 1] }), 'tag')).toThrow(
    expect.objectContaining({ path: 'headers.custom[0]' }),
  );
});

test('a body travels byte by byte, a character each', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_none, byte) => byte));

  const text = encodeEnvelope({ ...message(), body: bytes.toString('latin1') }, 'tag');

  expect(Buffer.from(parsed(text).body, 'base64')).toEqual(bytes);
});

interface EnvelopeVector {
  readonly name: string;
  readonly raw: string;
}

test.each(
  (['5.6.2', '5.2.6'] as const).flatMap((version) =>
    readVectors<EnvelopeVector>(version, 'b_redis_envelope').filter(({ raw }) => raw),
  ),
)('the body of $name is found, whatever its encoding', ({ raw }) => {
  const whole = JSON.parse(raw);
  const envelope = parsed(raw);

  const typed = whole.body?.__value__ as string | undefined;
  const expected = whole.body?.__type__ === 'bytes' ? btoaUtf8(typed ?? '') : (typed ?? whole.body);
  expect(envelope.body).toBe(expected);
  expect(envelope.bodyEncoding).toBe(typed ? 'base64' : whole.properties.body_encoding);
  expect(envelope.headersText).toBe('{}');
});

function btoaUtf8(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('an envelope that no Celery writes', () => {
  const types = '"content-encoding": "utf-8", "content-type": "application/json"';
  const tail = '"properties": {"body_encoding": "base64"}';

  test.each([
    ['other key order', `{${tail}, "headers": {"id": "x"}, "body": "e30="}`],
    ['spaces', `{ "headers" :\n{"id": "x"} , "body": "e30=",${tail} }`],
    ['a key twice', `{"headers": 1, "body": "e30=", "headers": {"id": "x"}, ${tail}}`],
    ['an escaped key', `{"\\u0068eaders": {"id": "x"}, "body": "e30=", ${tail}}`],
    ['an escaped body', `{"body": "e30\\u003d", ${types}, "headers": {"id": "x"}, ${tail}}`],
    [
      'a key behind the properties',
      `{"body": "e30=", ${types}, "headers": {"id": "x"}, ${tail}, "x": {}}`,
    ],
    [
      'properties inside the headers',
      `{"body": "e30=", ${types}, "headers": {"id": "x"}, ${tail}, "y": {"a": 1, "properties": {}}}`,
    ],
  ])('is read with %s', (_, text) => {
    const envelope = parsed(text);

    expect(envelope.headers).toEqual({ id: 'x' });
    expect(envelope.headersText).toBe('{"id": "x"}');
    expect(envelope).toMatchObject({ body: 'e30=', bodyEncoding: 'base64' });
  });

  test('may lack properties and content type', () => {
    expect(parsed('{"body": "x", "headers": {}}')).toEqual({
      ok: true,
      headers: {},
      headersText: '{}',
      properties: {},
      contentType: null,
      contentEncoding: null,
      body: 'x',
      bodyEncoding: 'utf-8',
    });
  });

  test('keeps a header beyond 2^53 whole', () => {
    const text = encodeEnvelope(message({ big: 9007199254740993n }), 'tag');

    expect(parsed(text).headers.big).toBe(9007199254740993n);
  });

  test('is refused if only its end is wrong', () => {
    const text = encodeEnvelope(message(), 'tag');

    expect(parseEnvelope(`${text.slice(0, -1)}x`).ok).toBe(false);
    expect(parseEnvelope(`${text}}`).ok).toBe(false);
  });

  test.each([
    ['not json', 'not JSON: expected a value at character 0'],
    ['[]', 'it is JSON, but no object'],
    ['{}', 'its headers are no object'],
    ['{"headers": null}', 'its headers are no object'],
    ['{"headers": {}, "body": {"a": 1}}', 'its body is no text'],
    ['{"body": "", "headers": []}', 'its headers are no object'],
    ['{"headers": {}, "body": "", "properties": 1}', 'its properties are no object'],
    ['{"headers": {}, "body": "", "content-type": 1}', 'its content type or encoding is no text'],
    [
      '{"headers": {}, "body": "", "properties": {"body_encoding": "hex"}}',
      "its body encoding is 'hex'",
    ],
    [
      '{"headers": {}, "body": "", "properties": {"body_encoding": {"toString": 1}}}',
      'its body encoding is object, not base64',
    ],
    ['{"body": {"__type__": "nope", "__value__": 1}}', "'nope' is no known"],
  ])('%s is refused with a reason', (text, reason) => {
    expect(parseEnvelope(text)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });
});

interface AcceptanceVector {
  readonly name: string;
  readonly raw: unknown;
}

const odd = readVectors<AcceptanceVector>('5.6.2', 'a_worker_acceptance');

test.each(odd)('the odd message $name is read or refused, with a typed error', ({ name, raw }) => {
  const envelope = parseEnvelope(typeof raw === 'string' ? raw : JSON.stringify(raw));

  const reason = envelope.ok ? reasonOf(() => decodeBody(envelope)) : envelope.reason;
  expect({ name, reason }).toEqual({ name, reason: refusals[name] ?? null });
});

/** Why a body is refused; null if it is not. Anything but a typed error goes through. */
function reasonOf(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    if ((error as { code?: string }).code === 'MESSAGE_INVALID')
      return (error as CeleriacError).summary;
    throw error;
  }
}

/** The bodies of the capture that cannot be read, and why. */
const refusals: Readonly<Record<string, string>> = {
  bad_json: 'the body cannot be read: not JSON: expected a key in quotes at character 1, found "n"',
  unknown_type:
    "the body cannot be read: 'nope' is no known '__type__'; known are datetime, date, time, decimal, uuid, bytes, base64",
  disallowed_ct: "the content type is 'application/x-nope'; accepted is json",
  ct_missing: 'the content type is missing; accepted is json',
  body_two_items: 'the body has 2 items; expected [args, kwargs, embed]',
  kwargs_list: 'the kwargs of the body are no object',
  no_body_encoding: 'the body cannot be read: not JSON: expected a value at character 0, found "W"',
  envelope_not_json:
    'the entry is no message: not JSON: expected a value at character 0, found "g"',
  proto1_kwargs_list: 'the kwargs of the body are no object',
  not_a_task: "the body is an object without 'args'; expected [args, kwargs, embed]",
};

test('no text makes parseEnvelope throw', () => {
  const whole = entries[1]?.text ?? '';
  const damaged = fc
    .tuple(fc.nat(whole.length), fc.nat(20), fc.string({ maxLength: 5 }))
    .map(([at, length, extra]) => whole.slice(0, at) + extra + whole.slice(at + length));

  fc.assert(
    fc.property(fc.oneof(damaged, fc.json(), fc.string()), (text) => {
      expect(typeof parseEnvelope(text).ok).toBe('boolean');
    }),
    { numRuns: 500 },
  );
});
