import { expect, test } from 'vitest';
import type { Request } from '../app/index.ts';
import { judge } from './gate.ts';

const NOW = 1_000_000;

function aRequest(fields: Partial<Request> = {}, headers: Record<string, unknown> = {}): Request {
  return {
    delivery: {
      tag: 't',
      queue: 'celery',
      headers,
      headersText: '{}',
      properties: {},
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      body: '',
      bodyEncoding: 'base64',
    },
    tag: 't',
    queue: 'celery',
    task: 'add',
    id: 'i',
    rootId: 'i',
    parentId: null,
    groupId: null,
    retries: 0,
    etaMs: undefined,
    expiresMs: undefined,
    ignoreResult: undefined,
    priority: undefined,
    replyTo: undefined,
    deliveries: 0,
    ...fields,
  };
}

const facts = { nowMs: NOW, isKnown: (task: string) => task === 'add', unknownRetryForMs: 600_000 };

test('a known task without an eta runs', () => {
  expect(judge(aRequest(), facts)).toEqual({ kind: 'run' });
});

test('an eta in the past runs at once', () => {
  expect(judge(aRequest({ etaMs: NOW - 5 }), facts)).toEqual({ kind: 'run' });
});

test('an eta within a second waits here, a later one is parked', () => {
  expect(judge(aRequest({ etaMs: NOW + 900 }), facts)).toMatchObject({ kind: 'hold' });
  expect(judge(aRequest({ etaMs: NOW + 1_001 }), facts)).toMatchObject({ kind: 'park' });
});

test('what has expired does not run, however early its eta', () => {
  expect(judge(aRequest({ expiresMs: NOW - 1, etaMs: NOW + 5_000 }), facts).kind).toBe('expired');
});

test('an unknown task is put back for a second, and longer the longer it has waited', () => {
  const first = judge(aRequest({ task: 'other' }), facts);
  expect(first).toEqual({ kind: 'put-back', dueMs: NOW + 1_000, sinceMs: NOW });

  const headers = { 'x-celeriac-unknown-since': NOW - 30_000 };
  const later = judge(aRequest({ task: 'other' }, headers), facts);
  expect(later).toEqual({ kind: 'put-back', dueMs: NOW + 30_000, sinceMs: NOW - 30_000 });
});

test('an unknown task is given up once it has been put back for as long as allowed', () => {
  const headers = { 'x-celeriac-unknown-since': NOW - 600_000 };

  expect(judge(aRequest({ task: 'other' }, headers), facts)).toEqual({ kind: 'unknown' });
});

test('a clock that went backwards does not give an unknown task up', () => {
  const headers = { 'x-celeriac-unknown-since': NOW + 900_000 };

  expect(judge(aRequest({ task: 'other' }, headers), facts).kind).toBe('put-back');
});
