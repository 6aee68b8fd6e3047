import { describe, expect, test } from 'vitest';
import { DecodeError, EncodeError } from '../errors.ts';
import { registerSerializer } from './register-serializer.ts';
import type { ResultMeta } from './result.ts';
import { ResultCodec, type ResultFormat } from './result-codec.ts';
import { Decimal } from './values.ts';

const codec = (serializer: string, over: Partial<ResultFormat> = {}) =>
  new ResultCodec({ types: 'typed', serializer, ...over });

function aMeta(over: Partial<ResultMeta> = {}): ResultMeta {
  return {
    ...{ taskId: 't1', status: 'SUCCESS', result: null, error: null, traceback: null },
    ...{ children: [[['c1', null], null]], dateDone: '2026-01-01T00:00:00+00:00' },
    ...{ groupId: 'g', parentId: null },
    ...over,
  };
}

const all = ['json', 'yaml', 'msgpack', 'pickle'];
const others = ['yaml', 'msgpack', 'pickle'];

describe.each(all)('documents in %s', (name) => {
  test('are read as they were written', () => {
    const metas = [
      aMeta({ result: [1, { a: 'é' }, Buffer.from([255])].slice(0, name === 'json' ? 3 : 2) }),
      aMeta({ status: 'PROGRESS', result: { done: 3 }, dateDone: null, parentId: 'p' }),
      aMeta({
        ...{ status: 'FAILURE', result: undefined, traceback: 'at x' },
        error: { type: 'KeyError', module: 'builtins', args: ['k', 1], traceback: 'at x' },
      }),
      aMeta({
        extended: {
          ...{ name: 't', args: [1], kwargs: { b: 2 }, worker: 'w', retries: 1, queue: 'q' },
          ...{ stampedHeaders: ['why'], stamps: { why: ['x'] } },
        },
      }),
    ];

    const read = metas.map((meta) => codec(name).decode(codec(name).encode(meta)));
    const kept = metas.map((meta) => codec(name).decodeText(codec(name).encodeText(meta)));

    expect(read).toEqual(metas);
    expect(kept).toEqual(metas);
  });

  test('have the result that is known as JSON text', () => {
    const meta = aMeta({ result: undefined, resultText: '{"a": [1, "x"]}' });

    expect(codec(name).decode(codec(name).encode(meta)).result).toEqual({ a: [1, 'x'] });
  });

  test('are not read where they are not accepted', () => {
    const read = (accept: string[]) => () =>
      codec(name, { accept }).decode(codec(name).encode(aMeta()));

    expect(read([])).toThrow(DecodeError);
    expect(read(['v8'])).toThrow(`'resultSerializer' is '${name}', and accepted is v8`);
    expect(read([name])).not.toThrow();
  });

  test('of others are refused, with both names to look for', () => {
    for (const other of all) {
      if (other === name || (name === 'yaml' && other === 'json')) continue; // JSON is YAML
      const read = () => codec(name).decode(codec(other).encode(aMeta()));

      expect(read, other).toThrow(DecodeError);
      expect(read, other).toThrow(`not read with resultSerializer '${name}'`);
    }
  });
});

test.each(others)('a stamp of %s does not take the place of a field', (name) => {
  const extended = {
    ...{ name: 't', args: null, kwargs: null, worker: null, retries: 0, queue: null },
    ...{ stampedHeaders: ['status'], stamps: { status: 'FAILURE' } },
  };

  expect(codec(name).decode(codec(name).encode(aMeta({ extended }))).status).toBe('SUCCESS');
});

test.each(['yaml', 'msgpack'])(
  '%s refuses a result it has no form for, and nothing else',
  (name) => {
    const none = [new Decimal('1.5')];
    const error = { type: 'E', module: null, args: none, traceback: '\ud800' };
    const extended = {
      ...{ name: 't', args: none, kwargs: null, worker: null, retries: 0, queue: null },
      ...{ stampedHeaders: [], stamps: {} },
    };
    const failure = aMeta({ ...{ taskId: 'a\ud800', status: 'FAILURE', error, extended } });

    const read = codec(name).decode(codec(name).encode(failure));

    expect(read).toMatchObject({ taskId: 'a\ufffd', traceback: '\ufffd' });
    expect(read.error?.args).toEqual(["Decimal('1.5')"]);
    expect(read.extended?.args).toBe("[Decimal('1.5')]");
    expect(() => codec(name).encode(aMeta({ result: none }))).toThrow(EncodeError);
    expect(() => codec(name).encode(aMeta({ result: none }))).toThrow('result[0]');
  },
);

test('yaml that is more than may be when it is written out is refused', () => {
  const document = 'status: &a "xxxxxxxxxx"\nresult: [*a, *a, *a, *a]\ntask_id: t\n';

  expect(codec('yaml').decode(document).taskId).toBe('t');
  expect(() => codec('yaml', { maxBytes: 30 }).decode(document)).toThrow(DecodeError);
});

describe('a serializer of a program', () => {
  registerSerializer({
    ...{ name: 'lines', contentType: 'application/x-lines' },
    encode: (value) => JSON.stringify(value, null, 1),
    decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as unknown,
  });
  registerSerializer({
    ...{ name: 'broken', contentType: 'application/x-broken' },
    encode: () => {
      throw new Error('no');
    },
    decode: () => undefined,
  });

  test('writes whole documents', () => {
    const document = codec('lines').encode(aMeta({ result: 7 }));

    expect(document).toMatch(/^{\n "status": "SUCCESS",\n "result": 7,/);
    expect(codec('lines').decode(document)).toMatchObject({ result: 7, groupId: 'g' });
  });

  test('that fails does not keep a failure from being told', () => {
    const error = { type: 'E', module: null, args: ['x'], traceback: null };
    const document = codec('broken').encode(aMeta({ status: 'FAILURE', error }));

    expect(() => codec('broken').encode(aMeta())).toThrow(EncodeError);
    expect(codec('json').decode(document).error?.type).toBe('E');
    expect(() => codec('broken').decode(document)).toThrow(DecodeError);
  });
});
