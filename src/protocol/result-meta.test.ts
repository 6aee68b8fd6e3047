import { describe, expect, test } from 'vitest';
import { readVectors } from '../../test/vectors/vectors.ts';
import { DecodeError } from '../errors.ts';
import { isFinal, type ResultMeta } from './result.ts';
import {
  decodeResultMeta,
  encodeResultMeta,
  resultKeyOf,
  resultKeyprefixOf,
} from './result-meta.ts';
import { parseWireTime } from './time.ts';

interface ResultVector {
  readonly name: string;
  readonly result_writes: readonly (readonly string[])[];
}

const documents = (['5.6.2', '5.2.6'] as const).flatMap((version) =>
  [
    ...readVectors<ResultVector>(version, 'd_results_redis'),
    ...readVectors<ResultVector>(version, 'd_results_redis_extended'),
  ].flatMap(({ name, result_writes }) =>
    result_writes
      .filter((write) => write[1]?.startsWith('celery-task-meta-'))
      .map((write) => ({ version, name, key: write[1] ?? '', text: write.at(-1) ?? '' })),
  ),
);

/** Those that we would have written the same. */
const ours = documents.filter(
  ({ version, text }) =>
    version === '5.6.2' &&
    !text.includes('"children": null') &&
    isFinal(JSON.parse(plain(text)).status),
);

/** Python's NaN as a text, so that JSON.parse can read the rest. */
function plain(text: string): string {
  return text.replace(/: NaN\b/g, ': "NaN"');
}

test('the captures are there', () => {
  expect(documents.length).toBeGreaterThan(200);
  expect(ours.length).toBeGreaterThan(100);
});

test.each(documents)('$name ($version) is read', ({ key, text }) => {
  const raw = JSON.parse(plain(text));

  const meta = decodeResultMeta(text);

  expect(resultKeyOf(meta.taskId)).toBe(key);
  expect(meta).toMatchObject({
    taskId: raw.task_id,
    status: raw.status,
    traceback: raw.traceback,
    children: raw.children ?? [],
    groupId: raw.group_id ?? null,
    parentId: raw.parent_id ?? null,
  });
  expect(parseWireTime(meta.dateDone)).toBe(parseWireTime(raw.date_done));
  expect(meta.error?.type).toBe(raw.result?.exc_type);
  expect(meta.error?.module).toBe(raw.result?.exc_module);
});

const extended = documents.filter(({ text }) => text.includes('"worker": "w1@host1"'));

test('the captures have what result_extended adds, for tasks that begin, end and retry', () => {
  expect(new Set(extended.map(({ text }) => JSON.parse(plain(text)).status))).toEqual(
    new Set(['STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED']),
  );
});

test.each(extended)('$name ($version) tells task and worker', ({ text }) => {
  const { name, args, kwargs, worker, retries, queue } = JSON.parse(plain(text));

  expect(decodeResultMeta(text).extended).toMatchObject({
    ...{ name, args, kwargs, worker, retries, queue },
  });
});

test('a stamp never takes the place of a field', () => {
  const known = { name: 'a', args: [], kwargs: {}, worker: 'w', retries: 0, queue: 'q' };
  const stamps = { status: 'FAILURE', tenant: 'acme' };

  const text = encodeResultMeta(
    aMeta({ extended: { ...known, stampedHeaders: ['status', 'tenant'], stamps } }),
  );

  expect(JSON.parse(text)).toMatchObject({ status: 'SUCCESS', tenant: 'acme', ...known });
});

test.each(ours)('$name of 5.6 is written again byte for byte', ({ text }) => {
  const inMilliseconds = text.replace('"2024-01-02T03:04:05.678901', '"2024-01-02T03:04:05.678000');

  expect(encodeResultMeta(decodeResultMeta(text))).toBe(inMilliseconds);
});

function aMeta(meta: Partial<ResultMeta> = {}): ResultMeta {
  return {
    taskId: 't',
    status: 'SUCCESS',
    result: 1,
    error: null,
    traceback: null,
    children: [],
    dateDone: null,
    groupId: null,
    parentId: null,
    ...meta,
  };
}

test('a result known as text is spliced in', () => {
  expect(encodeResultMeta(aMeta({ resultText: '{"a":1}' }))).toBe(
    '{"status": "SUCCESS", "result": {"a":1}, "traceback": null, "children": [], "date_done": null, "task_id": "t"}',
  );
});

test('a result without a JSON form is refused with its path', () => {
  expect(() => encodeResultMeta(aMeta({ result: { a: [() => 1] } }))).toThrow(
    expect.objectContaining({ path: 'result.a[0]' }),
  );
});

test('an argument of an error without a JSON form becomes its repr', () => {
  const error = {
    type: 'MyError',
    module: null,
    args: ['a', [new Map([['k', 1]])]],
    traceback: 'at x',
  };

  expect(encodeResultMeta(aMeta({ status: 'FAILURE', result: undefined, error }))).toContain(
    `"result": {"exc_type": "MyError", "exc_message": ["a", "[{'k': 1}]"], "exc_module": null}, "traceback": "at x"`,
  );
});

test('the plain form of values can be asked for', () => {
  expect(encodeResultMeta(aMeta({ result: new Date(0) }), 'plain')).toContain(
    '"result": "1970-01-01T00:00:00Z"',
  );
});

describe('a document of another writer', () => {
  const failure = (result: string, status = 'FAILURE') =>
    decodeResultMeta(`{"status": "${status}", "result": ${result}, "task_id": "t"}`);

  test.each([
    ['{"exc_type": "E", "exc_message": "text", "exc_module": null}', 'E', null, ['text']],
    ['{"exc_type": "E", "exc_message": {"a": 1}}', 'E', null, [{ a: 1 }]],
    ['{"exc_type": "E"}', 'E', null, []],
    ['{"exc_type": 5}', 'Exception', null, []],
    ['"text"', 'Exception', 'builtins', ['text']],
    ['null', 'Exception', 'builtins', []],
  ])('may have an error of %s', (result, type, module, args) => {
    expect(failure(result).error).toEqual({ type, module, args, traceback: null });
  });

  test('may have a RETRY without an error, and a REVOKED with none', () => {
    expect(failure('null', 'RETRY').error).toBeNull();
    expect(failure('null', 'REVOKED').error).toMatchObject({ type: 'TaskRevokedError', args: [] });
  });

  test('of a state that a task made up keeps its result, whatever it looks like', () => {
    expect(failure('{"exc_type": "E"}', 'PROGRESS')).toMatchObject({
      error: null,
      result: { exc_type: 'E' },
    });
  });

  test.each([
    ['"2024-01-02T03:04:05.678901"', '2024-01-02T03:04:05.678901+00:00'],
    ['"2024-01-02T03:04:05Z"', '2024-01-02T03:04:05Z'],
    ['"2024-01-02"', '2024-01-02T00:00:00+00:00'],
    ['{"__type__": "datetime", "__value__": "2024-01-02T03:04:05"}', '2024-01-02T03:04:05+00:00'],
    ['"soon"', null],
    ['null', null],
  ])('may have the date %s', (date, dateDone) => {
    const text = `{"status": "SUCCESS", "result": 1, "date_done": ${date}, "task_id": "t"}`;

    expect(decodeResultMeta(text).dateDone).toBe(dateDone);
  });

  test('may have children as plain ids or null', () => {
    const text = '{"status": "SUCCESS", "children": [["a", null], [["b", null]]], "task_id": "t"}';

    expect(decodeResultMeta(text).children).toEqual([
      [['a', null], null],
      [['b', null], null],
    ]);
  });

  test.each([
    ['[]'],
    ['{"status": "SUCCESS"}'],
    ['{"task_id": "t"}'],
    ['nonsense'],
    ['{"status": "SUCCESS", "task_id": "t", "children": [1]}'],
  ])('%s is none', (text) => {
    expect(() => decodeResultMeta(text)).toThrow(DecodeError);
  });
});

test.each([
  ['', 'celery-task-meta-a'],
  ['pfx', 'pfx_celery-task-meta-a'], // as captured from Celery
  ['pfx_', 'pfx_celery-task-meta-a'],
  ['pfx:', 'pfx:celery-task-meta-a'],
  ['pfx-', 'pfx-celery-task-meta-a'],
  ['pfx.', 'pfx.celery-task-meta-a'],
  ['{pfx}', '{pfx}_celery-task-meta-a'],
])("with the prefix '%s' a result's key is %s", (given, key) => {
  expect(resultKeyOf('a', resultKeyprefixOf(given))).toBe(key);
});

test('what has no form in what result_extended adds is told as a text, and keeps no end from being stored', () => {
  let deep: unknown = 1;
  for (let level = 0; level < 950; level++) deep = [deep];
  const known = { name: 't', worker: 'w', retries: 0, queue: 'q', stampedHeaders: ['s'] };
  const meta: ResultMeta = {
    ...{ taskId: 'i', status: 'FAILURE', result: null, error: null, traceback: null },
    ...{ children: [], dateDone: null, groupId: null, parentId: null },
    extended: { ...known, args: [deep], kwargs: { deep }, stamps: { s: deep } },
  };

  const { extended: read } = decodeResultMeta(encodeResultMeta(meta));

  expect(read?.args).toMatch(/^\[\[/);
  expect(typeof read?.kwargs).toBe('string');
  expect(typeof read?.stamps.s).toBe('string');
});

test('a stamp that a document names and does not have is none, whatever objects have by themselves', () => {
  const stamped = '"stamped_headers": ["constructor", "lot"], "lot": 7';
  const text = `{"status": "SUCCESS", "result": 1, "name": "t", ${stamped}, "task_id": "x"}`;

  const { extended } = decodeResultMeta(text);

  expect(Object.entries(extended?.stamps ?? {})).toEqual([['lot', 7]]);
});

test('ids with half of a surrogate pair have keys of their own, which UTF-8 can hold', () => {
  const keys = ['\ud83d', '\ud83e'].map((id) => resultKeyOf(id));

  expect(keys).toEqual(['celery-task-meta-"\\ud83d"', 'celery-task-meta-"\\ud83e"']);
  expect(resultKeyOf('😀')).toBe('celery-task-meta-😀');
});
