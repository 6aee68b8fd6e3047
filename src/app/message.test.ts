import { describe, expect, test } from 'vitest';
import type { CapturedEntry } from '../../test/vectors/canvas.ts';
import { readVectors } from '../../test/vectors/vectors.ts';
import { type PlannedTask, plan } from '../canvas/index.ts';
import { resolveSettings, type SettingsOptions } from '../config/index.ts';
import { ConfigError, EncodeError, MessageInvalidError, NotSupportedError } from '../errors.ts';
import { parseWireTime, RawJson } from '../protocol/index.ts';
import { buildMessage } from './message.ts';
import { Router } from './routing/router.ts';
import { resolveTaskOptions, type TaskOptions } from './task-options.ts';

const nowMs = Date.UTC(2026, 10, 22, 13, 0, 0);

function planned(options: object = {}, more: Partial<PlannedTask> = {}): PlannedTask {
  const signature = {
    ...{ task: 'tasks.add', args: [2, 3], kwargs: {}, subtask_type: null, immutable: false },
    options: { task_id: 'id', ...options },
  };
  const [task] = plan(signature, { newId: () => 'new', replyTo: 'me' }).tasks;
  if (!task) throw new Error('nothing planned');
  return { ...task, ...more };
}

interface Surroundings {
  readonly task?: TaskOptions;
  readonly settings?: SettingsOptions;
  readonly parentPriority?: number;
  readonly more?: Partial<PlannedTask>;
}

function build(options: object = {}, surroundings: Surroundings = {}) {
  const { task, parentPriority, more } = surroundings;
  const settings = resolveSettings({ options: surroundings.settings ?? {} });
  return buildMessage(planned(options, more), {
    ...{ settings, nowMs, parentPriority, origin: 'gen1@host', router: new Router(settings) },
    task: task && { name: 'tasks.add', options: resolveTaskOptions(task) },
  });
}

interface ProducerCase {
  readonly name: string;
  readonly lists: Readonly<Record<string, readonly (CapturedEntry | string)[]>>;
}

function captured(name: string): CapturedEntry {
  const vector = readVectors<ProducerCase>('5.6.2', 'ab_redis_producer').find(
    (each) => each.name === name,
  );
  const entry = Object.values(vector?.lists ?? {})[0]?.[0];
  if (entry === undefined) throw new Error(`no capture '${name}'`);
  return typeof entry === 'string' ? (JSON.parse(entry) as CapturedEntry) : entry;
}

describe('a message', () => {
  test('has the headers, properties and body that Celery 5.6.2 writes, in its order', () => {
    const { headers, properties, body } = captured('plain');

    const message = build();

    const others = {
      lang: 'py',
      id: headers.id,
      root_id: headers.root_id,
      origin: headers['origin'],
    };
    expect(JSON.stringify({ ...message.headers, ...others })).toBe(JSON.stringify(headers));
    expect(message.body).toBe(Buffer.from(body, 'base64').toString());
    expect(message.properties).toEqual({
      correlation_id: 'id',
      reply_to: 'me',
      delivery_mode: 2,
      priority: properties.priority,
    });
    expect(message).toMatchObject({
      queue: 'celery',
      contentType: 'application/json',
      contentEncoding: 'utf-8',
    });
    expect(message.headers).toMatchObject({ lang: 'js', origin: 'gen1@host' });
  });

  test.each([
    [{ countdown: 60 }, '2026-11-22T13:01:00+00:00'],
    [{ countdown: 0.5 }, '2026-11-22T13:00:00.500000+00:00'],
    [{ eta: '2030-01-01T00:00:00+02:00' }, '2030-01-01T00:00:00+02:00'],
    [{ eta: new Date(0) }, '1970-01-01T00:00:00+00:00'],
    [{}, null],
  ])('with %j is due at %s', (options, eta) => {
    expect(build(options).headers.eta).toBe(eta);
  });

  test.each([
    [{ expires: 30 }, '2026-11-22T13:00:30+00:00', '30000'],
    [{ expires: '2026-11-22T13:00:01+00:00' }, '2026-11-22T13:00:01+00:00', '1000'],
    [{ expires: '2020-01-01T00:00:00+00:00' }, '2020-01-01T00:00:00+00:00', '0'],
    [{}, null, undefined],
  ])('with %j expires at %s', (options, expires, expiration) => {
    const { headers, properties } = build(options);

    expect(headers.expires).toBe(expires);
    expect(properties.expiration).toBe(expiration);
  });

  test('takes queue, priority and ignoreResult from its own options, then the task, then the settings', () => {
    const task = { queue: 'task', priority: 5, ignoreResult: true };
    const own = build({ queue: 'own', priority: 0, ignore_result: false }, { task });
    const ofTask = build({}, { task });
    const ofSettings = build(
      {},
      { settings: { taskDefaultQueue: 'd', taskDefaultPriority: 7, taskIgnoreResult: true } },
    );

    const facts = [own, ofTask, ofSettings].map(({ queue, properties, headers }) => [
      queue,
      properties.priority,
      headers.ignore_result,
    ]);
    expect(facts).toEqual([
      ['own', 0, false],
      ['task', 5, true],
      ['d', 7, true],
    ]);
  });

  test('shows a result that is passed on as the value it is', () => {
    const args = [new RawJson('[1, "a", null]'), 2];
    const message = build({}, { more: { args } });

    expect(message.headers.argsrepr).toBe("([1, 'a', None], 2)");
    expect(message.body).toContain('[[[1, "a", null], 2], {}, ');
  });

  test('carries what a signature made by Python says: time limits, stamps, shadow, headers', () => {
    const { headers, queue } = build({
      ...{
        time_limit: 10,
        soft_time_limit: 5.5,
        shadow: 'nick',
        replaced_task_nesting: 1,
        unknown: 1,
      },
      ...{ stamped_headers: ['tenant'], tenant: 'acme', headers: { 'x-own': 1, id: 'taken' } },
      ...{ exchange: '', routing_key: 'routed' },
    });

    expect(queue).toBe('routed');
    expect(headers).toMatchObject({
      timelimit: [10, 5.5],
      shadow: 'nick',
      replaced_task_nesting: 1,
      stamped_headers: ['tenant'],
      stamps: { tenant: 'acme' },
      'x-own': 1,
      id: 'id',
    });
  });

  test.each([{ serializer: 'cbor' }, { compression: 'snappy' }])(
    'is refused when its signature asks for %j',
    (options) => {
      expect(() => build(options)).toThrow(NotSupportedError);
    },
  );

  test('is refused when its soft time limit is longer than its hard one, wherever each is from', () => {
    const call = () => build({ soft_time_limit: 20 }, { task: { timeLimit: 10 } });

    expect(call).toThrow(ConfigError);
    expect(call).toThrow("'softTimeLimit' (20 s) must not be longer than 'timeLimit' (10 s)");
  });

  test("has the sending task's priority only if nobody who comes before it says one", () => {
    const settings = { taskRoutes: { 'tasks.*': { priority: 1 } } } as const;
    const priorityOf = (...given: Parameters<typeof build>) => build(...given).properties.priority;

    expect(priorityOf({}, { settings, parentPriority: 3 })).toBe(3);
    expect(priorityOf({ priority: 9 }, { settings, parentPriority: 3 })).toBe(9);
    expect(priorityOf({}, { settings, parentPriority: 3, task: { priority: 6 } })).toBe(6);
    expect(priorityOf({}, { settings })).toBe(1);
  });

  test('takes every send option from the call, then the task, then the first route, then the settings', () => {
    const settings: SettingsOptions = {
      taskRoutes: { 'tasks.add': { serializer: 'yaml', queue: 'routed', priority: 3 } },
      ...{ taskSerializer: 'json', taskCompression: 'zlib', taskDefaultDeliveryMode: 1 },
    };
    const task: TaskOptions = { queue: 'task', compression: 'none', deliveryMode: 'persistent' };
    const factsOf = (message: ReturnType<typeof build>) => [
      ...[message.queue, message.contentType, message.headers['compression']],
      ...[message.properties.priority, message.properties.delivery_mode],
    ];

    const call = { queue: 'call', serializer: 'json', compression: 'brotli', delivery_mode: 1 };
    expect(factsOf(build(call, { settings, task }))).toEqual([
      ...['call', 'application/json', 'application/x-brotli', 3, 1],
    ]);
    expect(factsOf(build({}, { settings, task }))).toEqual([
      ...['task', 'application/x-yaml', undefined, 3, 2],
    ]);
    expect(factsOf(build({}, { settings }))).toEqual([
      ...['routed', 'application/x-yaml', 'application/x-gzip', 3, 1],
    ]);
  });

  test('is refused when a time in its signature is none', () => {
    expect(() => build({ expires: 'tomorrow' })).toThrow(MessageInvalidError);
    expect(() => build({ eta: { toString: 1 } })).toThrow("is no time: {'toString': 1}");
  });

  test('names the argument that has no form on the wire', () => {
    const call = () => build({}, { more: { args: [{ list: [1, new Map()] }] } });

    expect(call).toThrow(EncodeError);
    expect(call).toThrow('args[0].list[1]');
  });

  test('counts a countdown and an expiry from the same moment', () => {
    const { headers } = build({ countdown: 10, expires: 30 });

    expect(Number(parseWireTime(headers.expires)) - Number(parseWireTime(headers.eta))).toBe(
      20_000,
    );
  });
});

test('a route that is a function gets a large result that was passed on whole; others have nothing decoded', () => {
  const large = new RawJson(JSON.stringify(Array.from({ length: 3_000 }, (_, index) => index)));
  const broken = new RawJson('[1'.padEnd(5_000));
  const seen: unknown[] = [];
  const route = (_name: string, args: readonly unknown[]) => void seen.push(args);
  const more = (arg: RawJson) => ({ more: { args: [arg] } });

  build({}, { settings: { taskRoutes: [route] }, ...more(large) });
  build({}, { settings: { taskRoutes: { 'other.*': { queue: 'q' } } }, ...more(broken) });

  expect(seen).toEqual([[JSON.parse(large.text)]]);
});
