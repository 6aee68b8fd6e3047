import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveSettings, type SettingsOptions } from '../../config/index.ts';
import { ConfigError, NotSupportedError, QueueNotFoundError } from '../../errors.ts';
import { Router } from './router.ts';

const routerOf = (options: SettingsOptions) => new Router(resolveSettings({ options }));

function routed(taskRoutes: SettingsOptions['taskRoutes'], name: string, options: object = {}) {
  const call = { name, args: [1], kwargs: { k: 2 }, options: { ...options }, task: { name } };
  return routerOf({ taskRoutes }).routed(call);
}

describe('a route', () => {
  test('is found by the whole name first, then by the first pattern that fits', () => {
    const routes = { 'feed.*': 'all', 'feed.im*': 'some', 'feed.import': 'one', '*.a?b': 'odd' };

    expect(routed(routes, 'feed.import')).toEqual({ queue: 'one' });
    expect(routed(routes, 'feed.images')).toEqual({ queue: 'all' });
    expect(routed(routes, 'x.axb')).toEqual({ queue: 'odd' });
    expect(routed(routes, 'x.ab')).toEqual({});
    expect(routed({ 'a.b': 'q' }, 'axb')).toEqual({});
  });

  test('may be a list of pairs with regular expressions, which keep no place in a text', () => {
    const pairs = [
      [/^(video|image)\./g, { queue: 'media' }],
      ['web.*', 'web'],
    ] as const;
    const router = routerOf({ taskRoutes: pairs });
    const call = { args: [], kwargs: {}, options: {}, task: undefined };

    expect(router.routed({ ...call, name: 'video.cut' })).toEqual({ queue: 'media' });
    expect(router.routed({ ...call, name: 'video.cut' })).toEqual({ queue: 'media' });
    expect(router.routed({ ...call, name: 'web.get' })).toEqual({ queue: 'web' });
  });

  test('may be a function, which sees the call and may leave it to the next router', () => {
    const seen: unknown[] = [];
    const routes = [
      (...call: unknown[]) => {
        seen.push(call);
        return call[0] === 'a.b' ? { queue: 'first', priority: 3 } : undefined;
      },
      { '*': 'second' },
    ];

    expect(routed(routes, 'a.b', { routing_key: 'k' })).toEqual({
      ...{ queue: 'first', priority: 3, routing_key: 'k' },
    });
    expect(routed(routes, 'c.d')).toEqual({ queue: 'second' });
    expect(seen[0]).toEqual(['a.b', [1], { k: 2 }, { routingKey: 'k' }, { name: 'a.b' }]);
  });

  test('is weaker than what the call says, key by key', () => {
    const routes = { '*': { queue: 'routed', priority: 3, routing_key: 'k' } };

    expect(routed(routes as never, 'a.b', { queue: 'own' })).toEqual({
      ...{ queue: 'own', priority: 3, routing_key: 'k' },
    });
  });

  test('may be named by the path of its module', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'routes-')), 'routes.mjs');
    writeFileSync(
      file,
      `export const byName = (name) => name + '.queue';\nexport default { '*': 'preset' };\nexport const none = 3;`,
    );

    expect(routed(`${file}:byName`, 'a')).toEqual({ queue: 'a.queue' });
    expect(routed(file, 'a')).toEqual({ queue: 'preset' });
    expect(() => routed(`${file}:none`, 'a')).toThrow("export 'none' is no router");
  });

  test.each([
    [
      { '*': { queu: 'x' } },
      ConfigError,
      "'taskRoutes' for '*': unknown option 'queu'; did you mean 'queue'?",
    ],
    [{ '*': { countdown: 3 } }, ConfigError, "a route cannot say 'countdown'"],
    [{ '*': { priority: 12 } }, ConfigError, "'taskRoutes' for '*': option 'priority' must be"],
    [{ '*': { serializer: 'cbor' } }, NotSupportedError, 'cbor'],
    [() => 3, ConfigError, 'must return'],
  ])('that cannot be is refused: %j', (routes, type, reason) => {
    expect(() => routed(routes as never, 'a')).toThrow(type);
    expect(() => routed(routes as never, 'a')).toThrow(reason);
  });
});

const topic: SettingsOptions = {
  ...{ taskDefaultExchange: 'tasks', taskDefaultExchangeType: 'topic' },
  ...{ taskDefaultRoutingKey: 'task.default', taskDefaultQueue: 'default' },
  taskQueues: [
    { name: 'default', routingKey: 'task.#' },
    { name: 'feeds', routingKey: 'feed.#' },
    { name: 'plain', exchange: 'plain', exchangeType: 'direct' },
    { name: 'news', broadcast: true },
  ],
};

const bound = (name: string, routingKey: string) => ({
  ...{ name, isBroadcast: false },
  bindings: [{ exchange: { name: 'tasks', type: 'topic' }, routingKey }],
});
const known = [bound('default', 'task.#'), bound('feeds', 'feed.#')];

describe('a message', () => {
  test('goes straight into its queue where the exchange is a direct one', () => {
    const router = routerOf({ taskQueues: [{ name: 'feeds', routingKey: 'feed.import' }] });
    const exchange = { name: 'celery', type: 'direct' };
    const bindings = [{ exchange, routingKey: 'feed.import' }];
    const feeds = { queue: 'feeds', bound: { name: 'feeds', isBroadcast: false, bindings } };

    expect(router.destination({})).toEqual({ queue: 'celery' });
    expect(router.destination({ queue: 'feeds' })).toEqual(feeds);
    expect(router.destination({ queue: 'new' })).toEqual({ queue: 'new' });
    expect(router.destination({ queue: 'feeds', routing_key: 'feed.import' })).toEqual(feeds);
    expect(router.destination({ exchange: '', routing_key: 'other' })).toEqual({ queue: 'other' });
    expect(routerOf(topic).destination({ queue: 'plain' })).toEqual({ queue: 'plain' });
  });

  test('goes through the exchange of a queue that has another kind, with the key of queue or call', () => {
    const router = routerOf(topic);
    const exchange = { name: 'tasks', type: 'topic' };

    expect(router.destination({})).toEqual({
      queue: 'default',
      route: { exchange, routingKey: 'task.#', declare: known },
    });
    expect(router.destination({ queue: 'feeds', routing_key: 'feed.x' })).toEqual({
      queue: 'feeds',
      route: { exchange, routingKey: 'feed.x', declare: known },
    });
  });

  test('goes through the exchange that is named, as which type is known or said', () => {
    const router = routerOf(topic);

    expect(router.destination({ exchange: 'tasks', routing_key: 'a' }).route).toEqual({
      ...{ exchange: { name: 'tasks', type: 'topic' }, routingKey: 'a', declare: known },
    });
    expect(router.destination({ exchange: 'other', routing_key: 'a' })).toEqual({
      queue: 'other',
      route: { exchange: { name: 'other', type: 'direct' }, routingKey: 'a', declare: [] },
    });
    expect(router.destination({ exchange: 'o', exchange_type: 'fanout' }).route).toEqual({
      ...{ exchange: { name: 'o', type: 'fanout' }, routingKey: '', declare: [] },
    });
  });

  test('to every worker goes through a fanout exchange, keyed as Python keys its Broadcast', () => {
    expect(routerOf(topic).destination({ queue: 'news' })).toEqual({
      queue: 'news',
      route: {
        ...{ exchange: { name: 'news', type: 'fanout' }, routingKey: 'task.default', declare: [] },
      },
    });
  });

  test('through a direct exchange needs a key, and a key alone is no queue', () => {
    const router = routerOf({});

    expect(() => router.destination({ exchange: 'x' })).toThrow("give 'routingKey' too");
    expect(router.destination({ routing_key: 'k' }).route).toMatchObject({
      ...{ exchange: { name: 'celery', type: 'direct' }, routingKey: 'k' },
    });
    expect(router.destination({ routing_key: 'celery' })).toEqual({ queue: 'celery' });
  });

  test('for a queue that nobody configured is refused where none are made up, naming the nearest', () => {
    const settings = { taskQueues: { feeds: {}, celery: {} }, taskCreateMissingQueues: false };
    const router = routerOf(settings);

    expect(router.destination({ queue: 'feeds' })).toMatchObject({ queue: 'feeds' });
    expect(() => router.destination({ queue: 'fedes' })).toThrow(QueueNotFoundError);
    expect(() => router.destination({ queue: 'fedes' })).toThrow("did you mean 'feeds'?");
  });

  test('for a queue that is made up goes through the exchange that such queues have', () => {
    const router = routerOf({ taskCreateMissingQueueExchangeType: 'topic' });
    const exchange = { name: 'new', type: 'topic' };

    expect(router.destination({ queue: 'new' }).route).toMatchObject({
      exchange,
      routingKey: 'new',
    });
  });
});

describe('a worker takes from', () => {
  const names = (settings: SettingsOptions, choice: object) =>
    routerOf(settings)
      .queues.select(choice)
      .map(({ name }) => name);

  test('the default queue, or all that are configured', () => {
    expect(names({ taskDefaultQueue: 'd' }, {})).toEqual(['d']);
    expect(names(topic, {})).toEqual(['default', 'feeds', 'plain', 'news']);
  });

  test('those it is told, but for those it is told to leave', () => {
    expect(names(topic, { include: ['feeds', 'new'] })).toEqual(['feeds', 'new']);
    expect(names(topic, { exclude: ['feeds', 'news'] })).toEqual(['default', 'plain']);
    expect(() => names(topic, { exclude: ['fees'] })).toThrow("did you mean 'feeds'?");
    expect(() => names({}, { exclude: ['celery'] })).toThrow('no queue is left');
    expect(() => names({ taskCreateMissingQueues: false }, { include: ['celry'] })).toThrow(
      "did you mean 'celery'?",
    );
  });

  test('a queue of its own, where each node has one', () => {
    const [, own] = routerOf({}).queues.select({ direct: 'w1@host' });

    expect(own).toEqual({
      ...{ name: 'w1@host.dq2', isBroadcast: false },
      bindings: [{ exchange: { name: 'C.dq2', type: 'direct' }, routingKey: 'w1@host' }],
    });
  });
});

test.each([
  [[{ name: 'a' }, { name: 'a' }], "has two queues named 'a'"],
  [[{ name: '' }], 'needs the name of each queue'],
  [[{ name: 'a', routingkey: 'x' }], "with an unknown 'routingkey'; did you mean 'routingKey'?"],
  [{ a: { exchangeType: 'headers' } }, "'exchangeType' must be 'direct', 'topic' or 'fanout'"],
  [[{ name: 'a', exchange: 'x', bindings: [{ exchange: 'y', routingKey: '' }] }], 'give either'],
  [[{ name: 'a', bindings: [{ exchange: 'y' }] }], "without 'exchange' or 'routingKey'"],
  ['a,b', "'taskQueues' must be a list"],
])('queues that cannot be are refused: %j', (taskQueues, reason) => {
  expect(() => routerOf({ taskQueues: taskQueues as never })).toThrow(ConfigError);
  expect(() => routerOf({ taskQueues: taskQueues as never })).toThrow(reason);
});

test("queues may be given in Celery's spelling, with several ways into one", () => {
  const bindings = [
    { exchange: 'media', routing_key: 'video' },
    { exchange: 'logs', exchange_type: 'topic', routing_key: 'media.#' },
  ];
  const { queues } = routerOf({ taskQueues: { media: { bindings } } as never });

  expect(queues.get('media').bindings).toEqual([
    { exchange: { name: 'media', type: 'direct' }, routingKey: 'video' },
    { exchange: { name: 'logs', type: 'topic' }, routingKey: 'media.#' },
  ]);
});
