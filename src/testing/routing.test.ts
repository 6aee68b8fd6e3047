import { expect, test } from 'vitest';
import { Celery, type CeleryOptions } from '../app/index.ts';
import { createTestApp } from './test-kit.ts';

function anApp(options: CeleryOptions) {
  const app = new Celery('shop', {
    ...{ broker: 'redis://127.0.0.1:1', backend: 'redis://127.0.0.1:1' },
    ...options,
  });
  const look = app.task({ name: 'shop.look', bind: true }, function look(task, value: unknown) {
    return [task.request.queue, value];
  });
  return { app, look };
}

test('routes hold: a task runs from the queue that it was sent to, through an exchange or not', async () => {
  const { app, look } = anApp({
    taskQueues: [
      { name: 'celery' },
      { name: 'logs', exchange: 'events', exchangeType: 'topic', routingKey: 'log.#' },
    ],
    taskRoutes: {
      'shop.look': { exchange: 'events', exchangeType: 'topic', routingKey: 'log.warn' },
    },
  });
  const plain = app.task({ name: 'shop.plain' }, (value: unknown) => value);
  await using kit = createTestApp(app);

  await look.delay(1);
  await plain.delay(2);

  expect(kit.sent()).toMatchObject([
    { task: 'shop.look', exchange: 'events', routingKey: 'log.warn' },
    { task: 'shop.plain', queue: 'celery', exchange: null },
  ]);
  const ran = await kit.drain();
  expect(ran.map(({ queue, args }) => [queue, args[0]]).toSorted()).toEqual([
    ['celery', 2],
    ['logs', 1],
  ]);
});

test('a broadcast is heard, and waited for', async () => {
  const { app, look } = anApp({
    taskQueues: [{ name: 'celery' }, { name: 'all', broadcast: true }],
  });
  await using kit = createTestApp(app);
  await kit.drain(); // the kit's worker listens from its start on

  await look.applyAsync(['hello'], { queue: 'all' });

  const ran = await kit.drain();
  expect(ran).toMatchObject([{ state: 'SUCCESS', args: ['hello'] }]);
  expect(ran[0]?.queue).toMatch(/^bcast\./);
});

test.each(['yaml', 'msgpack'])(
  'what is sent as %s, compressed, is shown and run as ever',
  async (taskSerializer) => {
    const { app, look } = anApp({
      taskSerializer,
      taskCompression: 'zlib',
      acceptContent: ['json', taskSerializer],
    } as CeleryOptions);
    await using kit = createTestApp(app);

    await look.delay({ deep: [1, 'ä'] });

    expect(kit.sent(look)).toMatchObject([{ args: [{ deep: [1, 'ä'] }] }]);
    expect(await kit.drain()).toMatchObject([
      { result: ['celery', { deep: [1, 'ä'] }], args: [{ deep: [1, 'ä'] }] },
    ]);
  },
);
