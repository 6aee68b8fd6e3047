import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Celery, rewireApp, runtime } from '../app/index.ts';
import { openBackend } from '../backends/index.ts';
import { chain, chord } from '../canvas/index.ts';
import { BrokerUnavailableError } from '../errors.ts';
import {
  type ConsumeOptions,
  type Consumer,
  openTransport,
  type Transport,
} from '../transports/index.ts';
import { createLogger } from '../util/index.ts';
import { Worker } from './worker.ts';

test('a worker that cannot start for an annotation says so, and leaves nothing behind', async () => {
  const url = 'memory://worker-test';
  const taskAnnotations = { 'a.t': { maxRetries: 'two' as never } };
  const app = new Celery('a', { broker: url, backend: url, taskAnnotations });
  app.task({ name: 'a.t' }, () => 1);
  const before = runtime();

  const worker = new Worker({ apps: [app], module: '', pool: 'solo' });

  await expect(worker.start()).rejects.toThrow("'taskAnnotations' for task 'a.t'");
  expect(runtime()).toBe(before);
});

test('what one of its apps alone reads is read for results, too', async () => {
  const url = 'memory://worker-test-two-apps';
  const first = new Celery('first', { broker: url, backend: url, resultExtended: true });
  const formats = { taskSerializer: 'yaml', acceptContent: ['json', 'yaml'] };
  const second = new Celery('second', { broker: url, backend: url, ...formats });
  const add = second.task({ name: 'second.add' }, (a: number, b: number) => a + b);
  const worker = new Worker({ apps: [first, second], module: '', pool: 'solo' });
  await worker.start();
  try {
    const result = await add.delay(1, 2);

    expect(await result.get({ timeout: 10 })).toBe(3);
    expect(await result.extended()).toMatchObject({ args: [1, 2] });
  } finally {
    await worker.stop();
  }
});

test('a worker that stops sends the bodies of the chords that its last tasks complete', async () => {
  const url = 'memory://worker-test-last-chord';
  const app = new Celery('last', { broker: url, backend: url });
  await using watch = new Celery('watch', { broker: url, backend: url });
  const transport = await watch.transport();
  const worker = new Worker({ apps: [app], module: '', pool: 'solo', queues: ['celery'] });
  const part = app.task({ name: 'last.part' }, () => void worker.stop());
  const body = app.signature('last.body', [], { queue: 'elsewhere' });
  await chord([part.s()], body).delay();

  await worker.start();
  await worker.finished;

  expect(await transport.size('elsewhere')).toBe(1);
});

describe('where results are kept and nothing counts', () => {
  const url = 'memory://worker-test-uncounted';
  const app = new Celery('polled', { broker: url, backend: url, resultChordRetryInterval: 0.05 });
  const one = app.task({ name: 'polled.one' }, (value: number) => value);
  const sum = app.task({ name: 'polled.sum' }, (all: number[]) => all.reduce((a, b) => a + b, 0));
  const fails = app.task({ name: 'polled.fails' }, (): number => {
    throw new RangeError('boom');
  });
  const swaps = app.task({ name: 'polled.swaps', bind: true }, (task) => task.replace(wide()));
  const sends = app.task({ name: 'polled.sends' }, async () => (await wide().delay()).id);
  const wide = (first = one.s(1)) => chord([first, one.s(2)], sum.s()).set({ countdown: 0.01 });
  const logger = createLogger({ level: 'CRITICAL' });
  const worker = new Worker({ apps: [app], module: '', pool: 'solo', logger });

  beforeAll(async () => {
    rewireApp(app, () => ({}), {
      openers: {
        openBackend: async (...terms) => {
          const backend = await openBackend(...terms);
          return withOverrides(backend, { chords: undefined, groups: undefined } as object);
        },
      },
    });
    await worker.start();
  });
  afterAll(() => worker.stop());

  const rows: [
    what: string,
    send: () => Promise<{ get(o: object): Promise<unknown> }>,
    value: unknown,
  ][] = [
    ['a program sends', () => wide().delay(), 3],
    ['a program sends with others', async () => (await app.sendMany([wide()]))[0], 3],
    [
      'is a step of a chain',
      () => chain(one.s(1), chord([one.si(1), one.si(2)], sum.s())).delay(),
      3,
    ],
    ['takes the place of a task', () => swaps.delay(), 3],
    ['is in the header of another', () => chord([wide(), one.s(4)], sum.s()).delay(), 7],
    [
      'is the body of another',
      () => chord([one.s(1)], chord([sum.s(), sum.s()], sum.s())).delay(),
      2,
    ],
  ];

  test.each(rows)(
    'a chord that %s ends by a task that looks for its parts',
    async (_, send, value) => {
      expect(await (await send()).get({ timeout: 10 })).toBe(value);
    },
  );

  test('so does one that a task sends, and one of which a member fails', async () => {
    const id = await (await sends.delay()).get({ timeout: 10 });
    const failed = await wide(fails.s()).delay();

    expect(await app.asyncResult(id).get({ timeout: 10 })).toBe(3);
    await expect(failed.get({ timeout: 10 })).rejects.toThrow(/boom/);
  });
});

test('the body of a chord is sent soon after a commit whose answer is lost', async () => {
  const url = 'memory://worker-test-unheard';
  const app = new Celery('unheard', { broker: url, backend: url });
  const one = app.task({ name: 'unheard.one' }, () => 1);
  const total = app.task({ name: 'unheard.total' }, (all: number[]) => all.length);
  let isLost = false;
  const deaf = async (transport: Transport, options: ConsumeOptions): Promise<Consumer> => {
    // nobody is told of what a lost answer would have said
    const { onComplete: _, ...others } = options;
    const consumer = await transport.consume(others);
    const commit = consumer.commit.bind(consumer);
    consumer.commit = async (all) => {
      const lost = await commit(all);
      if (isLost || !all.some(({ parts }) => parts)) return isLost ? [] : lost;
      isLost = true;
      throw new BrokerUnavailableError(url, 'cut');
    };
    return consumer;
  };
  rewireApp(app, () => ({}), {
    openers: {
      openTransport: async (...terms) => {
        const transport = await openTransport(...terms);
        const consume = (options: ConsumeOptions) => deaf(transport, options);
        return withOverrides(transport, { consume });
      },
    },
  });
  const worker = new Worker({ apps: [app], module: '', pool: 'solo' });
  await worker.start();
  try {
    const result = await chord([one.s()], total.s()).delay();

    expect(await result.get({ timeout: 9 })).toBe(1); // a sweep finds it after ten seconds at the earliest
    expect(isLost).toBe(true);
  } finally {
    await worker.stop();
  }
}, 15_000);

/** A store with some of its methods replaced. */
function withOverrides<Store extends object>(store: Store, overrides: Partial<Store>): Store {
  return new Proxy(store, {
    get: (target, name) => {
      if (name in overrides) return Reflect.get(overrides, name);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
