import { deserialize, serialize } from 'node:v8';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { ConfigError, EncodeError, MessageInvalidError } from '../errors.ts';
import { type Body, type BodyPart, decodeBody, encodeContent } from './body.ts';
import { type CompressionDefinition, registerCompression } from './register-compression.ts';
import { registerSerializer, type SerializerDefinition } from './register-serializer.ts';
import { strangeSerializer } from './serializers.ts';
import { Decimal } from './values.ts';

/** What may be read where nothing else is said. */
const MAX_BYTES = 100_000_000;
const embed = { callbacks: null, errbacks: null, chain: null, chord: null };
const body: Body = {
  args: ['é', new Date(5), 2n ** 70n],
  kwargs: { b: Buffer.from([1, 255]) },
  embed,
};

function aSerializer(given: Partial<SerializerDefinition>): SerializerDefinition {
  return {
    name: 'v8',
    contentType: 'application/x-v8',
    encode: serialize,
    decode: deserialize,
    ...given,
  };
}

function aCompression(given: Partial<CompressionDefinition>): CompressionDefinition {
  return {
    ...{ name: 'raw-deflate', contentType: 'application/x-deflate' },
    ...{ compress: (bytes) => deflateRawSync(bytes), decompress: inflateRawSync },
    ...given,
  };
}

function read(content: ReturnType<typeof encodeContent>): Body {
  const part: BodyPart = { ...content, body: btoa(content.body), bodyEncoding: 'base64' };
  return decodeBody(part, { accept: [content.contentType] });
}

/** Of a message that says it is JSON, whatever is in it. */
function packed(compression: string, bytes: string): BodyPart {
  const content = { contentType: 'application/json', contentEncoding: 'utf-8', compression };
  return { ...content, body: btoa(bytes), bodyEncoding: 'base64' };
}

describe('registerSerializer', () => {
  test('has its values as they were sent, bytes in and out, by name and by content type', () => {
    const encode = vi.fn(serialize);
    const decode = vi.fn(deserialize);
    registerSerializer(aSerializer({ encode, decode }));

    const content = encodeContent(body, { types: 'typed', serializer: 'v8' });

    expect(read(content)).toEqual(body);
    expect(content).toMatchObject({ contentType: 'application/x-v8', contentEncoding: 'binary' });
    expect(encode).toHaveBeenCalledWith([body.args, body.kwargs, embed]);
    expect(decode.mock.calls[0]?.[0]).toBeInstanceOf(Uint8Array);
    expect(encodeContent(body, { types: 'typed', serializer: 'application/x-v8' })).toEqual(
      content,
    );
  });

  test('writes a text as UTF-8, and values of a class keep it', () => {
    registerSerializer({
      ...{ name: 'text', contentType: 'text/x-own', contentEncoding: 'utf-8' },
      encode: (value) => {
        const [args] = value as [[Decimal, string]];
        return `${args[0] instanceof Decimal} ${args[1]}`;
      },
      decode: (bytes) => [[new Decimal('1.0'), Buffer.from(bytes).toString('utf8')], {}, null],
    });
    const sent = { ...body, args: [new Decimal('1.0'), 'é😀'], kwargs: {} };

    const content = encodeContent(sent, { types: 'typed', serializer: 'text' });

    expect(read(content).args).toEqual([new Decimal('1.0'), 'true é😀']);
  });

  test.each<[string, SerializerDefinition['decode'], string]>([
    ['throws an error', () => JSON.parse('{'), "serializer 'odd' cannot read it"],
    ['throws nothing at all', () => { throw null; }, "serializer 'odd' cannot read it: null"], // biome-ignore format: one line a row
    ['throws what cannot be shown', () => { throw { toString: () => { throw 1; } }; }, 'cannot be shown'], // biome-ignore format: one line a row
    ['gives a promise that fails', () => Promise.reject(new Error('late')), 'must not be async'],
    ['gives a function', () => [[() => 1], {}, null], 'a function has no JSON form'],
    ['gives a Map', () => new Map(), 'Map'],
    ['gives what throws when it is read', () => [[{ get a() { throw 1; } }], {}, null], 'reading it threw'], // biome-ignore format: one line a row
    ['gives nothing', () => undefined, 'the body is no array'],
    ['gives a link that is none', () => [[], {}, { callbacks: [{ task: 1 }] }], 'callbacks[0]'],
  ])('a decoder that %s makes the message malformed', (_what, decode, reason) => {
    registerSerializer(aSerializer({ name: 'odd', contentType: 'application/x-odd', decode }));
    const content = encodeContent(body, { types: 'typed', serializer: 'odd' });

    expect(() => read(content)).toThrow(MessageInvalidError);
    expect(() => read(content)).toThrow(reason);
  });

  test.each<[string, (value: unknown) => unknown, string]>([
    [
      'throws',
      () => BigInt('x'),
      "cannot encode the body: serializer 'odd' failed: Cannot convert",
    ],
    ['gives a promise', async () => new Uint8Array(), 'must not be async'],
    ['gives an object', () => ({}), 'neither a Uint8Array nor a text'],
  ])('an encoder that %s is an error of the send', (_what, encode, reason) => {
    const odd = { name: 'odd', contentType: 'application/x-odd', encode };
    registerSerializer(aSerializer(odd as Partial<SerializerDefinition>));
    const send = () => encodeContent(body, { types: 'typed', serializer: 'odd' });

    expect(send).toThrow(EncodeError);
    expect(send).toThrow(reason);
  });

  test('a value that has no form is named, as with any serializer', () => {
    registerSerializer(aSerializer({}));
    const send = () =>
      encodeContent({ ...body, args: [[new Map()]] }, { types: 'typed', serializer: 'v8' });

    expect(send).toThrow('args[0][0]');
  });

  test('is known by name from then on', () => {
    expect(strangeSerializer('later')).toContain('or registerSerializer() first');

    registerSerializer(aSerializer({ name: 'later', contentType: 'application/x-later' }));

    expect(strangeSerializer('latr')).toContain("did you mean 'later'?");
    expect(strangeSerializer('something')).toMatch(/use json, yaml, msgpack,.* later/);
  });

  test.each<[Partial<Record<keyof SerializerDefinition, unknown>>, string]>([
    [{ name: '' }, "'name' must be a word"],
    [{ name: 'a b' }, "got 'a b'"],
    [{ name: 7 }, "got '7'"],
    [{ name: 'json' }, "'json' is Celery's own"],
    [{ name: 'pickle' }, "'pickle' is Celery's own"],
    [{ name: 'auth' }, "'auth' is Celery's own"],
    [{ contentType: 'application/json' }, "'application/json' is Celery's own"],
    [{ contentType: 'application/data' }, "'application/data' is Celery's own"],
    [{ contentType: 'JSON' }, "'contentType' must be one such as"],
    [{ contentType: 'Application/X' }, 'in small letters'],
    [{ contentEncoding: 'utf-16' }, "'contentEncoding' must be"],
    [{ decode: undefined }, 'must be functions'],
    [{ name: 'other-v8' }, "'v8' (application/x-v8) is registered already"],
    [{ contentType: 'application/x-v9' }, "'v8' (application/x-v8) is registered already"],
  ])('%j is refused', (given, reason) => {
    registerSerializer(aSerializer({}));
    const register = () => registerSerializer({ ...aSerializer({}), ...(given as object) });

    expect(register).toThrow(ConfigError);
    expect(register).toThrow(reason);
  });
});

describe('registerCompression', () => {
  const bomb = deflateRawSync(Buffer.alloc(MAX_BYTES + 1)).toString('latin1');

  test('packs and unpacks by any of its names', () => {
    registerCompression(aCompression({ aliases: ['rd'] }));

    for (const compression of ['raw-deflate', 'rd', 'application/x-deflate']) {
      const content = encodeContent(body, { types: 'typed', compression });
      expect(content.compression).toBe('application/x-deflate');
      expect(read({ ...content, compression })).toEqual(body);
    }
  });

  test.each<[string, CompressionDefinition['decompress'], string]>([
    ['throws', () => { throw 'no'; }, "compression 'odd' cannot unpack it: no"], // biome-ignore format: one line a row
    ['gives a text', (() => '[]') as never, 'unpacked it to no Uint8Array'],
    ['gives a promise', (async () => new Uint8Array()) as never, 'must not be async'],
    ['gives too much', () => new Uint8Array(MAX_BYTES + 1), 'larger than the 100000000 bytes'],
    ['stops at the limit', inflateRawSync, 'larger than the 100000000 bytes'],
    ['unpacks to no JSON', () => new Uint8Array(9), 'the body cannot be read'],
  ])('a decompressor that %s makes the message malformed', (_what, decompress, reason) => {
    registerCompression(
      aCompression({ name: 'odd', contentType: 'application/x-odd', decompress }),
    );
    const decode = () => decodeBody(packed('odd', bomb));

    expect(decode).toThrow(MessageInvalidError);
    expect(decode).toThrow(reason);
  });

  test('a compressor that gives no bytes is an error of the send', () => {
    const odd = { name: 'odd', contentType: 'application/x-odd', compress: () => 'x' };
    registerCompression(aCompression(odd as never));
    const send = () => encodeContent(body, { types: 'typed', compression: 'odd' });

    expect(send).toThrow(EncodeError);
    expect(send).toThrow("compression 'odd' made no Uint8Array");
  });

  test.each<[Partial<Record<keyof CompressionDefinition, unknown>>, string]>([
    [{ name: 'gzip' }, "'gzip' is Celery's own"],
    [{ name: 'none' }, "'none' is Celery's own"],
    [{ aliases: ['xz'] }, "'xz' is Celery's own"],
    [{ contentType: 'application/x-gzip' }, "Celery's own"],
    [{ name: undefined }, "a name must be a word such as 'snappy', got 'undefined'"],
    [{ aliases: [''] }, "got ''"],
    [{ contentType: 'x' }, "'contentType' must be one such as"],
    [{ compress: 1 }, 'must be functions'],
    [{ contentType: 'application/x-other' }, 'is registered already, for application/x-deflate'],
  ])('%j is refused', (given, reason) => {
    registerCompression(aCompression({}));
    const register = () => registerCompression({ ...aCompression({}), ...(given as object) });

    expect(register).toThrow(ConfigError);
    expect(register).toThrow(reason);
  });
});
