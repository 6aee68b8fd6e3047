import { describe, expect, test } from 'vitest';
import { bodyOf, type Delivery, decodeJson } from '../../protocol/index.ts';
import { isMalformed, type Malformed, parseRequest, type Request } from './request.ts';

function aDelivery(headers: Record<string, unknown>, body = 'W10='): Delivery {
  return {
    tag: 't',
    queue: 'celery',
    headers,
    headersText: JSON.stringify(headers),
    properties: { priority: 3 },
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body,
    bodyEncoding: 'base64',
  };
}

test('a message with a task and an id alone is a request', () => {
  const request = parseRequest(aDelivery({ task: 'add', id: 'i' })) as Request;

  expect(request).toMatchObject({ task: 'add', id: 'i', rootId: 'i', parentId: null, retries: 0 });
  expect(request.ignoreResult).toBeUndefined();
  expect(request.priority).toBe(3);
});

test('null headers mean that nothing was said', () => {
  const headers = { task: 'add', id: 'i', eta: null, expires: null, retries: null, root_id: null };

  expect(parseRequest(aDelivery(headers))).toMatchObject({ etaMs: undefined, retries: 0 });
});

test('times without an offset are UTC', () => {
  const request = parseRequest(aDelivery({ task: 'add', id: 'i', eta: '2024-01-02T03:04:05' }));

  expect((request as Request).etaMs).toBe(Date.UTC(2024, 0, 2, 3, 4, 5));
});

const rows: [headers: Record<string, unknown>, reason: RegExp, id: string | undefined][] = [
  [{ task: 'x'.repeat(10_001), id: 'i' }, /header 'task' must be a name, got 'x+/, 'i'],
  [{ task: 'add', id: 'i'.repeat(10_001) }, /header 'id' must be text, got 'i+/, undefined],
  [
    { task: 'add', id: 'i', timelimit: [5] },
    /'timelimit' must be two numbers or nulls, got \[5\]/,
    'i',
  ],
  [{ task: 'add', id: 'i', timelimit: ['5', null] }, /'timelimit' must be/, 'i'],
  [{ id: 'i' }, /no 'task' header/, 'i'],
  [{ task: 7, id: 'i' }, /header 'task' must be a name, got 7/, 'i'],
  [{ task: 'add' }, /header 'id' must be text, got nothing/, undefined],
  [{ task: 'add', id: 5 }, /header 'id' must be text, got 5/, undefined],
  [{ task: 'add', id: 'i', eta: 'soon' }, /header 'eta' is not a time: 'soon'/, 'i'],
  [{ task: 'add', id: 'i', eta: 12 }, /header 'eta' is not a time: 12/, 'i'],
  [{ task: 'add', id: 'i', expires: {} }, /header 'expires' is not a time: \{\}/, 'i'],
];

test.each(rows.map(([headers, reason, id]) => [reason, headers, id] as const))(
  'what is malformed says why: %s',
  (reason, headers, id) => {
    const malformed = parseRequest(aDelivery(headers));

    expect(isMalformed(malformed)).toBe(true);
    expect((malformed as Malformed).reason).toMatch(reason);
    expect((malformed as Malformed).id).toBe(id);
  },
);

test('an id beyond all numbers is malformed too', () => {
  const delivery = { ...aDelivery({}), headers: { task: 'add', id: 10n ** 20n } };

  const reason = "header 'id' must be text, got 100000000000000000000";
  expect(parseRequest(delivery)).toMatchObject({ reason });
});

test('a huge value does not make a huge reason', () => {
  const malformed = parseRequest(aDelivery({ task: 'add', id: 'i', eta: 'x'.repeat(1e6) }));

  expect((malformed as Malformed).reason.length).toBeLessThan(200);
});

describe('a message of protocol 1', () => {
  const old = (body: object, headers = {}) =>
    parseRequest(aDelivery(headers, Buffer.from(JSON.stringify(body)).toString('base64')));

  test('is all in its body', () => {
    const request = old({
      ...{ task: 'add', id: 'i', args: [1, 'a'], kwargs: { b: 2 }, retries: 2, taskset: 'g' },
      ...{ group: 'not this', eta: '2024-01-02T03:04:05', expires: null, utc: false },
      ...{ timelimit: [3, null], group_index: 4 },
    }) as Request;

    expect(request).toMatchObject({ task: 'add', id: 'i', rootId: 'i', groupId: 'g', retries: 2 });
    expect(request.etaMs).toBe(Date.UTC(2024, 0, 2, 3, 4, 5));
    expect(request.delivery.headers).toMatchObject({
      ...{ lang: 'py', argsrepr: "(1, 'a')", kwargsrepr: "{'b': 2}", group_index: 4 },
      timelimit: [3, null],
    });
    expect(decodeJson(request.delivery.headersText)).toEqual(request.delivery.headers);
  });

  test('needs a task and an id alone, and its headers are its own', () => {
    const request = old({ task: 'add', id: 'i' }, { id: 'not this', mine: 'x' }) as Request;

    expect(request.id).toBe('i');
    expect(request.delivery.headers).toMatchObject({ mine: 'x', id: 'i' });
    expect(bodyOf(request.delivery)).toMatchObject({ args: [], kwargs: {}, isObject: true });
  });

  test('with headers of protocol 2 has what they do not say in its body', () => {
    const body = { args: [1], task: 'sub', id: 'other', retries: 3, eta: '2024-01-02T03:04:05Z' };

    const request = old(body, { task: 'add', id: 'i', eta: null, lang: 'js' }) as Request;

    expect(request).toMatchObject({ task: 'add', id: 'i', retries: 3, etaMs: undefined });
    expect(request.delivery.headersText).toMatch(/^\{"lang": "js"/);
  });

  test.each([
    [{ foo: 1 }, /no 'task' header, and its body is no task of protocol 1/],
    [{ task: 5, id: 'i' }, /'task' must be a name, got 5/],
    [{ task: 'add', args: [] }, /'id' must be text, got nothing/],
    [{ task: 'add', id: 'i', eta: 'soon' }, /'eta' is not a time/],
  ])('%j is malformed', (body, reason) => {
    expect(old(body)).toMatchObject({ reason: expect.stringMatching(reason) });
  });

  test('is not looked for in a body that was compressed, if there are headers of a task', () => {
    const headers = { task: 'add', id: 'i', compression: 'application/x-gzip' };

    const request = parseRequest(aDelivery(headers, 'ey')) as Request;

    expect(request.delivery.headers).toBe(headers);
  });
});

test.each([
  [{ id: 7 }, { correlation_id: 'c' }, 'c'],
  [{}, { correlation_id: 'c' }, 'c'],
  [{ id: 'i' }, { correlation_id: 'c' }, 'i'],
  [{}, { correlation_id: 7 }, undefined],
])('whose message %j with %j is can be told', (headers, properties, id) => {
  const delivery = { ...aDelivery(headers), properties: { ...properties, reply_to: 'r' } };

  expect(parseRequest(delivery)).toMatchObject({ id, replyTo: 'r' });
});
