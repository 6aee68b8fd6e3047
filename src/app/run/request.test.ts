import { expect, test } from 'vitest';
import type { Delivery } from '../../protocol/index.ts';
import { isMalformed, type Malformed, parseRequest, type Request } from './request.ts';

function aDelivery(headers: Record<string, unknown>): Delivery {
  return {
    tag: 't',
    queue: 'celery',
    headers,
    headersText: JSON.stringify(headers),
    properties: { priority: 3 },
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body: '',
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
  [{ id: 'i' }, /no 'task' header/, 'i'],
  [{ task: 7, id: 'i' }, /header 'task' must be a name, got 7/, 'i'],
  [{ task: 'add' }, /header 'id' must be text, got nothing/, undefined],
  [{ task: 'add', id: 5 }, /header 'id' must be text, got 5/, undefined],
  [{ task: 'add', id: 'i', eta: 'soon' }, /header 'eta' is not a time: 'soon'/, 'i'],
  [{ task: 'add', id: 'i', eta: 12 }, /header 'eta' is not a time: 12/, 'i'],
  [{ task: 'add', id: 'i', expires: {} }, /header 'expires' is not a time: \{\}/, 'i'],
];

test.each(rows)('%j is malformed, and says why', (headers, reason, id) => {
  const malformed = parseRequest(aDelivery(headers));

  expect(isMalformed(malformed)).toBe(true);
  expect((malformed as Malformed).reason).toMatch(reason);
  expect((malformed as Malformed).id).toBe(id);
});

test('a huge value does not make a huge reason', () => {
  const malformed = parseRequest(aDelivery({ task: 'add', id: 'i', eta: 'x'.repeat(1e6) }));

  expect((malformed as Malformed).reason.length).toBeLessThan(200);
});
