import { expect, test } from 'vitest';
import * as z from 'zod';
import { signingFiles } from '../../test/support/keys.ts';
import { Celery } from '../app/index.ts';
import { chain } from '../canvas/index.ts';
import { createTestApp } from './test-kit.ts';

test.each([{ serializer: 'yaml' }, { serializer: 'msgpack' }, { compression: 'zlib' }])(
  'what was sent with %j has its arguments, and so has its run',
  async (options) => {
    const app = new Celery('shop', { acceptContent: ['json', 'yaml', 'msgpack'] });
    const add = app.task(function add(a: number, b: number) {
      return a + b;
    });
    await using kit = createTestApp(app);

    await add.applyAsync([1, 2], options as { serializer: 'yaml' });

    expect(kit.sent(add)).toMatchObject([{ args: [1, 2] }]);
    expect(await kit.drain()).toMatchObject([{ args: [1, 2], result: 3 }]);
  },
);

test('what the worker does not accept was sent all the same', async () => {
  const app = new Celery('shop');
  await using kit = createTestApp(app);

  await app.sendTask('shop.add', [1], { serializer: 'yaml' });

  expect(kit.sent()).toMatchObject([{ args: [1] }]);
});

test('arguments that do not fit their schema are the error of a run', async () => {
  const app = new Celery('shop');
  const pay = app.task({ name: 'shop.pay', args: [z.number().positive()] }, (sum: number) => sum);
  await using kit = createTestApp(app);

  await pay.delay(-1);

  expect(await kit.drain()).toMatchObject([
    { state: 'FAILURE', error: { remote: { type: 'ArgumentsInvalidError' } } },
  ]);
});

test('a signed app has its messages read, and all that follows a task is signed, too', async () => {
  const { key, cert, store } = signingFiles();
  const app = new Celery('shop', { taskSerializer: 'auth', acceptContent: ['auth'] });
  app.setupSecurity({ key, cert, store });
  const add = app.task(function add(a: number, b: number) {
    return a + b;
  });
  const grow = app.task(
    { name: 'shop.grow', bind: true },
    function grow(task, sum: number): number {
      if (task.request.retries === 0) throw task.retry({ countdown: 1 });
      if (sum < 10) throw task.retry({ countdown: 1, args: [sum + 10] });
      return sum;
    },
  );
  await using kit = createTestApp(app);

  const result = await chain(add.s(1, 2), grow.s(), add.s(100)).delay();
  await kit.advance({ seconds: 5 });

  expect(await result.get()).toBe(113);
  expect(kit.sent()).toMatchObject([{ args: [1, 2] }, { args: [3] }, { args: [13, 100] }]);
});
