import { afterEach, describe, expect, test } from 'vitest';
import { Celery } from '../app/index.ts';
import { chain, chord, group } from '../canvas/index.ts';
import { TaskFailedError, TestStuckError } from '../errors.ts';
import { createTestApp } from './test-kit.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Nobody listens there: whatever goes to the network fails. */
const NOWHERE = 'redis://127.0.0.1:1';

function aKit() {
  const app = new Celery('shop', { broker: NOWHERE, backend: NOWHERE });
  const calls: string[] = [];
  const price = app.task(
    { name: 'shop.price', bind: true, maxRetries: 3 },
    (task, item: number, failures: number) => {
      calls.push(`price ${item}`);
      if (task.request.retries < failures) throw task.retry({ countdown: 60 });
      return item * 10;
    },
  );
  const total = app.task({ name: 'shop.total' }, (prices: readonly number[]) => {
    calls.push(`total ${prices.join(' ')}`);
    return prices.reduce((sum, each) => sum + each, 0);
  });
  const report = app.task({ name: 'shop.report' }, (id: string) => void calls.push(`report ${id}`));
  const basket = app.task({ name: 'shop.basket', bind: true }, (task, items: readonly number[]) =>
    task.replace(group(items.map((item) => price.s(item, 0)))),
  );
  const kit = createTestApp(app, { now: new Date('2026-03-01T12:00:00Z') });
  closers.push(() => kit.close());
  return { kit, calls, price, total, report, basket };
}

describe('a chord in a kit', () => {
  test('is complete when the clock has come to the last retry of its header', async () => {
    const { kit, calls, price, total } = aKit();
    const result = await chord([price.s(1, 2), price.s(2, 0)], total.s()).delay();

    await kit.advance('1m');
    expect(kit.sent(total)).toEqual([]);
    const ran = await kit.advance('1m');

    expect(ran.map(({ task, state }) => `${task} ${state}`)).toEqual([
      'shop.price SUCCESS',
      'shop.total SUCCESS',
    ]);
    expect(kit.sent(total)).toMatchObject([{ id: result.id, args: [[10, 20]] }]);
    await expect(kit.waitFor(result)).resolves.toMatchObject({ result: 30 });
    expect(calls).toEqual(['price 1', 'price 2', 'price 1', 'price 1', 'total 10 20']);
  });

  test('counts a member once that is delivered twice', async () => {
    const { kit, calls, price, total } = aKit();
    kit.duplicateNext(price);
    const result = await chord([price.s(1, 0), price.s(2, 0)], total.s()).delay();

    await kit.drain();

    expect(calls).toEqual(['price 1', 'price 2', 'price 1', 'total 10 20']);
    await expect(result.get()).resolves.toBe(30);
  });

  test('that fails is waited for by its body, which is never sent', async () => {
    const { kit, calls, price, total, report } = aKit();
    kit.failNext(price, new RangeError('no'));
    const body = total.s().linkError(report.s());
    const result = await chord([price.s(1, 0), price.s(2, 0)], body).delay();

    const failed = await kit.waitFor(result, 'FAILURE');
    await kit.drain();

    expect(failed).toMatchObject({ task: 'shop.total', state: 'FAILURE', args: [] });
    expect(failed.error).toBeInstanceOf(TaskFailedError);
    expect(failed.error?.message).toMatch(/Dependency \S+ raised RangeError\('no'\)/);
    await expect(kit.waitFor(total, 'FAILURE')).resolves.toMatchObject({ id: result.id });
    expect(kit.sent(total)).toEqual([]);
    expect(calls).toEqual(['price 2', `report ${result.id}`]);
  });

  test('that waits for a time says so', async () => {
    const { kit, price, total } = aKit();
    await chord([price.s(1, 1)], total.s()).delay();

    const waiting = kit.waitFor(total);

    await expect(waiting).rejects.toBeInstanceOf(TestStuckError);
    await expect(waiting).rejects.toThrow(
      'it is to follow others, and was not sent yet, and nothing more is due before 60 s have passed',
    );
  });
});

test('a task that is replaced in a kit has the result of what took its place', async () => {
  const { kit, basket, total } = aKit();
  const result = await chain([basket.s([1, 2, 3]), total.s()]).delay();

  const ran = await kit.drain();

  expect(ran.map(({ task, state }) => `${task} ${state}`)).toEqual([
    'shop.basket REPLACED',
    ...['shop.price SUCCESS', 'shop.price SUCCESS', 'shop.price SUCCESS'],
    'celery.accumulate SUCCESS',
    'shop.total SUCCESS',
  ]);
  await expect(result.get()).resolves.toBe(60);
  const [replaced] = ran;
  expect(await kit.waitFor('celery.accumulate')).toMatchObject({
    id: replaced?.id,
    result: [10, 20, 30],
  });
});
