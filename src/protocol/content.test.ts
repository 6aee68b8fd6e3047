import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readVectors } from '../../test/vectors/vectors.ts';
import { EncodeError, MessageInvalidError, NotSupportedError } from '../errors.ts';
import { type Body, type BodyPart, decodeBody, encodeContent } from './body.ts';
import { readContent } from './content.ts';
import { Uuid } from './values.ts';

const everything = {
  accept: ['json', 'x-yaml', 'x-msgpack', 'x-python-serialize'].map(
    (type) => `application/${type}`,
  ),
};
const embed = { callbacks: null, errbacks: null, chain: null, chord: null };
const vectorBody: Body = { args: [1, 'hé', null, true, 1.5], kwargs: { k: [1] }, embed };
const bodyOf = (...args: unknown[]): Body => ({ args, kwargs: {}, embed });

interface SerializerVector {
  readonly serializer: string | null;
  readonly content_type: string;
  readonly content_encoding: string;
  readonly payload: string | { readonly base64: string };
}

const vectors = readVectors<SerializerVector>('5.6.2', 'j_serializers');
const bytesOf = ({ payload }: SerializerVector): Buffer =>
  typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload.base64, 'base64');

/** What arrives when content was sent through Redis. */
function arrived(content: ReturnType<typeof encodeContent>): BodyPart {
  return { ...content, body: btoa(content.body), bodyEncoding: 'base64' };
}

function there(body: Body, options: { serializer?: string; compression?: string }): unknown {
  const content = encodeContent(body, { types: 'typed', ...options });
  return decodeBody(arrived(content), everything);
}

describe.each(['json', 'yaml', 'msgpack', 'pickle'])('the serializer %s', (name) => {
  const vector = vectors.find(({ serializer }) => serializer === name) as SerializerVector;

  test('reads what Python has written', () => {
    const part = {
      body: bytesOf(vector).toString('base64'),
      bodyEncoding: 'base64',
      contentType: vector.content_type,
      contentEncoding: vector.content_encoding,
    } as const;

    expect(decodeBody(part, everything)).toEqual(vectorBody);
  });

  test('has the content type and the encoding of Celery, by either name', () => {
    const byName = encodeContent(vectorBody, { types: 'typed', serializer: name });
    const byType = encodeContent(vectorBody, { types: 'typed', serializer: vector.content_type });

    expect(byName).toMatchObject({
      contentType: vector.content_type,
      contentEncoding: vector.content_encoding,
      compression: undefined,
    });
    expect(byType).toEqual(byName);
  });

  test('brings back whatever has a form in it', () => {
    const texts = [
      'yes',
      '012',
      '1:30',
      '1e3',
      '2024-01-01',
      '<<',
      '~',
      '',
      ' x',
      'a\nb',
      '\u2028 é 😀',
    ];
    const numbers = [0, -1, 2 ** 40, 1e21, 1e-7, 1.5, 2n ** 60n];
    const body = {
      ...bodyOf(texts, numbers, [[]], {}, Buffer.from([1, 255]), null, undefined),
      kwargs: { '<<': { a: [{}] }, yes: 1, '2': 'é' },
    };

    const { args, kwargs } = there(body, { serializer: name }) as Body;

    expect(args).toEqual([texts, numbers, [[]], {}, Buffer.from([1, 255]), null, null]);
    expect(kwargs).toEqual(body.kwargs);
  });

  test('names the argument that has no form', () => {
    const send = () => there(bodyOf(1, { list: [() => 1] }), { serializer: name });

    expect(send).toThrow(EncodeError);
    expect(send).toThrow('args[1].list[0]');
  });

  test('is not read where it is not accepted', () => {
    const content = encodeContent(vectorBody, { types: 'typed', serializer: name });
    const others = { accept: everything.accept.filter((type) => type !== vector.content_type) };

    expect(() => decodeBody(arrived(content), others)).toThrow(MessageInvalidError);
    expect(() => decodeBody(arrived(content), others)).toThrow(`add '${name}' to 'acceptContent'`);
  });
});

test.each([
  ['of a type of its own', [0x91, 0xd4, 5, 1], 'an extension of type 5'],
  ['of a time', [0x91, 0xd7, 0xff, ...Array(8).fill(0xff)], undefined],
  ['of a time beyond all', [0x91, 0xc7, 12, 0xff, 0, 0, 0, 0, 0x7f, ...Array(7).fill(0xff)], '-1'],
])('an extension of msgpack %s', (_what, bytes, reason) => {
  const part = {
    ...{ body: Buffer.from(bytes).toString('base64'), bodyEncoding: 'base64' as const },
    ...{ contentType: 'application/x-msgpack', contentEncoding: 'binary' },
  } as const;
  const read = () => readContent(part, everything);

  if (reason) expect(read).toThrow(reason);
  else expect(read()).toEqual([expect.any(Date)]);
});

test('msgpack is written byte for byte as Python writes it', () => {
  const vector = vectors.find(({ serializer }) => serializer === 'msgpack') as SerializerVector;
  const { body } = encodeContent(vectorBody, { types: 'typed', serializer: 'msgpack' });

  expect(Buffer.from(body, 'latin1')).toEqual(bytesOf(vector));
});

test('a Date keeps its type in yaml and has no form in msgpack, a UUID has none in either', () => {
  const date = new Date(1_700_000_000_123);

  expect(there(bodyOf(date), { serializer: 'yaml' })).toMatchObject({ args: [date] });
  expect(() => there(bodyOf([date]), { serializer: 'msgpack' })).toThrow(
    'args[0][0]: a Date has no form in msgpack; send a text',
  );
  const uuid = new Uuid('11111111222233334444555555555555');
  expect(() => there(bodyOf(uuid), { serializer: 'yaml' })).toThrow('a Uuid has no form in yaml');
  expect(() => there(bodyOf(2n ** 65n), { serializer: 'msgpack' })).toThrow('beyond 64 bits');
  expect(() => there(bodyOf('\ud800'), { serializer: 'yaml' })).toThrow('half of a surrogate pair');
});

/** The first list has a text, each other one some of the one before. */
function laughs(levels: number, times: number): string {
  const lists = Array.from({ length: levels }, (_, level) => {
    const items = Array.from({ length: times }, () => (level === 0 ? 'lol' : `*a${level - 1}`));
    return `  - &a${level} [${items.join(', ')}]`;
  });
  return `-\n${lists.join('\n')}\n- {}\n- null`;
}

test.each([
  ['- !!python/object/apply:os.system [ls]\n- {}\n- {}', 'no YAML that we read: Unresolved tag'],
  ['- [1', 'no YAML that we read'],
  ['- &a [1]\n- {}\n- null\n- *b', "the YAML has an alias '*b' of nothing"],
  ['- &a [*a]\n- {}\n- null', 'the YAML has a value that contains itself'],
  ['- [&a {b: [*a]}]\n- {}\n- null', 'the YAML has a value that contains itself'],
  ['- [{? [a] : 1}]\n- {}\n- null', 'the YAML has a list or an object as a key'],
  ['- [&a {b: 1}, {*a : 1}]\n- {}\n- null', 'the YAML has a list or an object as a key'],
  [laughs(30, 2), 'values that come to more than 100000000 bytes'],
  [laughs(9, 10), 'values that come to more than 100000000 bytes'],
])('yaml that does more than hold values is refused: %s', (yaml, reason) => {
  const read = () =>
    decodeBody(
      {
        ...{ body: btoa(yaml), bodyEncoding: 'base64' },
        ...{ contentType: 'application/x-yaml', contentEncoding: 'utf-8' },
      },
      everything,
    );

  expect(read).toThrow(MessageInvalidError);
  expect(read).toThrow(reason);
});

test('a key that msgpack has no reader for is refused with its path, wherever it is', () => {
  const kwargs = JSON.parse('{"a": [{"__proto__": 1}]}');
  const body = { args: [], kwargs, embed };

  expect(() => there(body, { serializer: 'msgpack' })).toThrow(
    "kwargs.a[0].__proto__: no reader of msgpack here takes the key '__proto__'",
  );
  for (const serializer of ['json', 'yaml', 'pickle']) {
    expect(there(body, { serializer })).toEqual(body);
  }
});

test('a misspelled name is refused with the right one', () => {
  expect(() => there(vectorBody, { serializer: 'msgpak' })).toThrow(NotSupportedError);
  expect(() => there(vectorBody, { serializer: 'msgpak' })).toThrow("did you mean 'msgpack'?");
});

test.each([
  ['gzip', 'application/x-gzip'],
  ['zlib', 'application/x-gzip'],
  ['brotli', 'application/x-brotli'],
])('%s says so in a header, and comes back from any serializer', (compression, header) => {
  const body = bodyOf('x'.repeat(10_000), 'é');

  for (const serializer of ['json', 'yaml', 'msgpack']) {
    const content = encodeContent(body, { types: 'typed', compression, serializer });
    expect(content.compression).toBe(header);
    expect(content.body.length).toBeLessThan(1_000);
    expect(decodeBody(arrived(content), everything).args).toEqual(body.args);
  }
});

test('a few bytes that unpack to more than may be read are refused', () => {
  const bomb = deflateSync(Buffer.alloc(10_000_001, ' '));
  const part = { contentType: 'application/json', contentEncoding: 'utf-8' } as const;
  const read = () =>
    decodeBody(
      {
        ...{ ...part, compression: 'zlib', bodyEncoding: 'base64' },
        body: bomb.toString('base64'),
      },
      { maxBytes: 10_000_000 },
    );

  expect(bomb.length).toBeLessThan(100_000);
  expect(read).toThrow(MessageInvalidError);
  expect(read).toThrow("unpacked it is larger than the 10000000 bytes of 'taskMaxPayload'");
});

test.each(['base64', 'utf-8'] as const)(
  'a body in the clear that is larger than may be read is refused, too: %s',
  (bodyEncoding) => {
    const text = encodeContent(bodyOf('x'.repeat(200)), { types: 'typed' }).body;
    const body = bodyEncoding === 'base64' ? btoa(text) : text;
    const json = { contentType: 'application/json', contentEncoding: 'utf-8' } as const;
    const read = (maxBytes: number) => () =>
      decodeBody({ ...json, body, bodyEncoding }, { maxBytes });

    expect(read(text.length)).not.toThrow();
    expect(read(100)).toThrow(MessageInvalidError);
    expect(read(100)).toThrow("larger than the 100 bytes of 'taskMaxPayload'");
  },
);

test('what was compressed otherwise than its header says is refused', () => {
  const gzip = gzipSync('[[], {}, {}]'); // a gzip file, which Celery's "gzip" is not
  const part = { contentType: 'application/json', contentEncoding: 'utf-8' } as const;
  const body = gzip.toString('base64');

  expect(() =>
    decodeBody({ ...part, body, bodyEncoding: 'base64', compression: 'application/x-gzip' }),
  ).toThrow('it was not compressed as application/x-gzip');
});
