import { expect, test } from 'vitest';
import type { RetryRequest } from '../../pool/index.ts';
import type { Delivery } from '../../protocol/index.ts';
import { parseRequest, type Request } from './request.ts';
import { retryMessage } from './retry-message.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

function aRequest(headers: object = {}, properties: object = {}): Request {
  const all = { lang: 'py', task: 't', id: 'i', root_id: 'r', retries: 1, ...headers };
  const delivery: Delivery = {
    ...{ tag: 'tag', queue: 'q', headersText: '', body: 'W10=', bodyEncoding: 'base64' },
    ...{ contentType: 'application/json', contentEncoding: 'utf-8' },
    headers: all,
    properties: { priority: 4, delivery_mode: 2, reply_to: 'me', ...properties },
  };
  return parseRequest(delivery) as Request;
}

function aRetry(options: RetryRequest['options'] = null): RetryRequest {
  return { dueMs: NOW_MS + 5_000, error: null, replacement: null, options };
}

test('the next try is the same task with one retry more, to the queue it came from', () => {
  const canvas = { group: 'g', group_index: 2, replaced_task_nesting: 1 };
  const stamped = { stamped_headers: ['tenant'], stamps: { tenant: 'acme' } };
  const own = { 'x-own': 1, timelimit: [9, null], shadow: 's' };
  const request = aRequest({ ...own, ...canvas, ...stamped });

  const message = retryMessage(request, aRetry(), NOW_MS);

  expect(message).toMatchObject({ queue: 'q', body: '[]' });
  expect(message.properties).toMatchObject({ priority: 4, reply_to: 'me', correlation_id: 'i' });
  expect(message.headers).toMatchObject({
    ...{ id: 'i', root_id: 'r', parent_id: 'i', retries: 2, 'x-own': 1, ...canvas, ...stamped },
    ...{ eta: '2026-01-01T00:00:05+00:00', timelimit: [9, null], shadow: 's' },
  });
});

test('the headers of one delivery do not reach the next', () => {
  const request = aRequest({ redelivered: true, 'x-celeriac-deliveries': 2, 'x-death': [] });

  const { headers } = retryMessage(request, aRetry(), NOW_MS);

  for (const name of ['redelivered', 'x-celeriac-deliveries', 'x-death']) {
    expect(headers).not.toHaveProperty(name);
  }
});

test('the next try may be shown and limited in another way', () => {
  const request = aRequest({ timelimit: [9, 5], shadow: 's', argsrepr: "('secret',)" });
  const options = { shadow: 'again', soft_time_limit: 3, argsrepr: '***' };

  const { headers } = retryMessage(request, aRetry(options), NOW_MS);

  expect(headers).toMatchObject({ shadow: 'again', timelimit: [9, 3], argsrepr: '***' });
});

test('the next try has a queue, a priority, an expiry and headers of its own if the task says so', () => {
  const request = aRequest({ 'x-own': 1, 'x-kept': 2, expires: '2030-01-01T00:00:00+00:00' });
  const options = {
    ...{ queue: 'slow', priority: 0, expires: 60, ignore_result: true },
    headers: { 'x-own': 7 },
  };

  const { queue, headers, properties } = retryMessage(request, aRetry(options), NOW_MS);

  expect(queue).toBe('slow');
  expect(properties).toMatchObject({ priority: 0, expiration: '60000' });
  expect(headers).toMatchObject({
    ...{ 'x-own': 7, 'x-kept': 2, expires: '2026-01-01T00:01:00+00:00', ignore_result: true },
  });
});

test('a new body in the clear is not said to be compressed', () => {
  const replacement = { body: '[]', argsrepr: '()', kwargsrepr: '{}', compression: undefined };
  const request = aRequest({ compression: 'application/x-bz2' });

  const message = retryMessage(request, { ...aRetry(), replacement }, NOW_MS);

  expect(message.headers).not.toHaveProperty('compression');
});

test('the next try has the bytes, the compression and the properties of the last one', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_none, byte) => byte));
  const request = aRequest({ compression: 'application/x-gzip' }, { app_id: 'x', other: 1 });
  const delivery = { ...request.delivery, body: bytes.toString('base64') };

  const message = retryMessage({ ...request, delivery }, aRetry(), NOW_MS);

  expect(Buffer.from(message.body, 'latin1')).toEqual(bytes);
  expect(message.headers['compression']).toBe('application/x-gzip');
  expect(message.properties.extra).toEqual({ app_id: 'x' });
});
