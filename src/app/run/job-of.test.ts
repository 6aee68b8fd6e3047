import { expect, test } from 'vitest';
import type { Delivery } from '../../protocol/index.ts';
import { jobOf } from './job-of.ts';
import { parseRequest, type Request } from './request.ts';
import { RunRequest } from './run-request.ts';

const usual = {
  ...{ correlation_id: 'i', reply_to: 'me', delivery_mode: 2, priority: 3 },
  delivery_info: { exchange: '', routing_key: 'q' },
  ...{ body_encoding: 'base64', delivery_tag: 't' },
};

function requestOf(headers: object = {}, properties: Readonly<Record<string, unknown>> = usual) {
  const all = { lang: 'py', task: 't', id: 'i', ...headers };
  const delivery: Delivery = {
    ...{ tag: 'tag', queue: 'q', body: '', bodyEncoding: 'base64', properties, headers: all },
    ...{ contentType: 'application/json', contentEncoding: 'utf-8' },
    headersText: JSON.stringify(all),
  };
  return parseRequest(delivery) as Request;
}

function read(...message: Parameters<typeof requestOf>): RunRequest {
  const embed = { callbacks: null, errbacks: null, chain: null, chord: null };
  return new RunRequest({
    job: jobOf(requestOf(...message)),
    body: { args: [1], kwargs: { b: 2 }, embed },
    nodeName: 'n',
    isEager: false,
    run: { children: [] },
  });
}

test('properties travel only where they say more than what travels anyway', () => {
  expect(jobOf(requestOf()).properties).toBeNull();
  expect(jobOf(requestOf({}, {})).properties).toBeNull();
  for (const more of [
    { app_id: 'shop' },
    { delivery_mode: 1 },
    { delivery_info: { exchange: 'orders', routing_key: 'q' } },
    { delivery_info: { exchange: '', routing_key: 'other' } },
  ]) {
    expect(jobOf(requestOf({}, { ...usual, ...more })).properties).toMatchObject(more);
  }
});

test('a plain message has a whole request', () => {
  const request = read();

  expect(request.toJSON()).toMatchObject({
    ...{ id: 'i', task: 't', args: [1], kwargs: { b: 2 }, retries: 0, rootId: 'i' },
    ...{ parentId: null, groupId: null, groupIndex: null, eta: null, expires: null },
    ...{ queue: 'q', priority: 3, replyTo: 'me', correlationId: 'i', nodeName: 'n' },
    deliveryInfo: { exchange: '', routingKey: 'q', priority: 3, redelivered: false },
    ...{ timelimit: [null, null], shadow: null, ignoreResult: null, stamps: {}, isEager: false },
    ...{ callbacks: null, errbacks: null, chain: null, chord: null, replacedTaskNesting: 0 },
    properties: { correlation_id: 'i', reply_to: 'me', delivery_mode: 2, priority: 3 },
  });
});

test('a message that says more has it in its request', () => {
  const stamped = { stamped_headers: ['tenant'], stamps: { tenant: 'acme' } };
  const headers = {
    ...{ group: 'g', group_index: 2, parent_id: 'p', root_id: 'r', retries: 4, shadow: 's' },
    ...{ timelimit: [60, 30], ignore_result: true, replaced_task_nesting: 1, redelivered: true },
    ...{ eta: '2026-01-01T00:00:00+00:00', ...stamped },
  };
  const delivery_info = { exchange: 'orders', routing_key: 'eu.new' };

  const request = read(headers, { ...usual, delivery_info });

  expect(request.toJSON()).toMatchObject({
    ...{ groupId: 'g', groupIndex: 2, parentId: 'p', rootId: 'r', retries: 4, shadow: 's' },
    ...{ timelimit: [60, 30], ignoreResult: true, replacedTaskNesting: 1, isRedelivered: true },
    ...{
      eta: new Date(Date.UTC(2026, 0, 1)),
      stampedHeaders: ['tenant'],
      stamps: { tenant: 'acme' },
    },
    deliveryInfo: { exchange: 'orders', routingKey: 'eu.new', redelivered: true },
  });
});

test('headers are those that the sender added', () => {
  expect(read({ 'x-tenant': 'acme', 'x-celeriac-deliveries': 1 }).headers).toEqual({
    'x-tenant': 'acme',
  });
});
