import {
  type AsyncResult,
  Celery,
  chain,
  type GroupResult,
  group,
  type Signature,
  type SignatureOptions,
  type Task,
  type TaskContext,
} from '../../src/index.ts';
import { type Equal, type Expect, holds, type IsAny, type Refuse } from './assert.ts';

export const app = new Celery('types');

export const add = app.task(function add(a: number, b: number) {
  return a + b;
});
export const upper = app.task(async function upper(text: string) {
  return text.toUpperCase();
});
export const length = app.task({ name: 'types.length' }, (text: string) => text.length);
export const greet = app.task({ name: 'types.greet' }, (name: string, greeting = 'hello') => {
  return `${greeting} ${name}`;
});
export const sum = app.task({ name: 'types.sum' }, (first: number, ...others: number[]) => {
  return others.reduce((total, each) => total + each, first);
});
export const bound = app.task(
  { name: 'types.bound', bind: true, maxRetries: null },
  async (task, name: string, close: number | null) => {
    holds<[Expect<Equal<typeof task, TaskContext>>, Refuse<IsAny<typeof task>>]>();
    if (close === null) throw task.retry({ countdown: { minutes: 1 } });
    return { name, close };
  },
);
export const nothing = app.task({ name: 'types.nothing' }, () => {});

/** What definitions infer. */
export type Definitions = [
  Expect<Equal<typeof add, Task<[a: number, b: number], number>>>,
  Expect<Equal<typeof upper, Task<[text: string], string>>>,
  Expect<Equal<typeof greet, Task<[name: string, greeting?: string | undefined], string>>>,
  Expect<
    Equal<typeof bound, Task<[name: string, close: number | null], { name: string; close: number }>>
  >,
  Expect<Equal<typeof nothing, Task<[], void>>>,
];

/** What calls give, and what does not compile. */
export async function calls(): Promise<void> {
  const result = await add.delay(1, 2);
  holds<
    [
      Expect<Equal<typeof result, AsyncResult<number>>>,
      Refuse<IsAny<Awaited<ReturnType<typeof result.get>>>>,
    ]
  >();
  const value: number = await result.get({ timeout: 1 });
  const ending = await result.get({ propagate: false });
  // @ts-expect-error it may be an error
  const wrong: number = ending;
  void [value, wrong];

  await add.applyAsync([1, 2], { countdown: 10, expires: new Date(), queue: 'q', priority: 3 });
  await add.applyAsync([1], { kwargs: { b: 2 } });
  await add.applyAsync([], { kwargs: { a: 1, b: 2 } });
  await nothing.applyAsync();
  await nothing.delay();
  await greet.delay('Ann');
  await greet.delay('Ann', 'good day');
  await sum.delay(1);
  await sum.delay(1, 2, 3);

  // @ts-expect-error a string is no number
  await add.delay(1, '2');
  // @ts-expect-error one is missing
  await add.delay(1);
  // @ts-expect-error one too many
  await add.delay(1, 2, 3);
  // @ts-expect-error one is missing, and no keywords are given
  await add.applyAsync([1]);
  // @ts-expect-error none are given
  await add.applyAsync();
  // @ts-expect-error no such option
  await add.applyAsync([1, 2], { countDown: 10 });
  // @ts-expect-error a number is no text
  await add.applyAsync([1, 2], { link: upper.s() });
  // @ts-expect-error a number is no Date
  await add.applyAsync([1, 2], { eta: 10 });
  // @ts-expect-error the context is not an argument
  await bound.delay({}, 'pos_1', 1);
}

/** Which arguments signatures have left. */
export function signatures(): void {
  const both = add.s();
  const last = add.s(2);
  const full = add.s(1, 2);
  const greeting = greet.s('good day');
  const rest = sum.s(2, 3);
  holds<
    [
      Expect<Equal<typeof both, Signature<[a: number, b: number], number>>>,
      Expect<Equal<typeof last, Signature<[a: number], number>>>,
      Expect<Equal<typeof full, Signature<[], number>>>,
      Expect<Equal<typeof greeting, Signature<[] | [name: string], string>>>,
      Expect<Equal<typeof rest, Signature<[] | [number, ...number[]], number>>>,
    ]
  >();
  const immutable = add.si(1, 2);
  holds<Expect<Equal<typeof immutable, Signature<'immutable', number>>>>();

  // @ts-expect-error a string is no number
  add.s('2');
  // @ts-expect-error one too many
  add.s(1, 2, 3);
  // @ts-expect-error all are needed
  add.si(1);
}

/** Sending signatures needs what they have left. */
export async function sendingSignatures(): Promise<void> {
  await add.s(2).delay(1);
  await add.s(1, 2).delay();
  await add.s(2).applyAsync({ args: [1], queue: 'q' });
  await add.s(2).applyAsync({ kwargs: { a: 1 } });
  await add.si(1, 2).set({ priority: 3 }).applyAsync({ countdown: 1 });
  const elsewhere = await app.sendTask<number>('py.add', [1, 2], { queue: 'py' });
  holds<Expect<Equal<typeof elsewhere, AsyncResult<number>>>>();
  const unknown = await app.asyncResult('id').get();
  holds<Expect<Equal<typeof unknown, unknown>>>();

  // @ts-expect-error `a` is left
  await add.s(2).delay();
  // @ts-expect-error nothing is left
  await add.s(1, 2).delay(3);
  // @ts-expect-error nothing is left
  await add.si(1, 2).delay(3);
  // @ts-expect-error `a` is left
  await add.s(2).applyAsync();
  // @ts-expect-error `a` is left
  await add.s(2).applyAsync({ queue: 'q' });
  // @ts-expect-error the sending is not part of a signature
  add.s(2).set({ deadline: 1 });
}

/** What follows a task takes what it returns; what follows a failure takes its id. */
export async function links(): Promise<void> {
  await add.applyAsync([1, 2], { link: add.s(3), linkError: length.s() });
  await add.applyAsync([1, 2], { link: [add.s(3), upper.si('x'), chain(add.s(1), add.s(2))] });
  await add.s(1, 2).applyAsync({ link: group([add.s(1), add.s(2)]) });
  await app.sendTask('py.add', [1, 2], { link: upper.s() });
  const options: SignatureOptions = { queue: 'q', priority: 3, retryPolicy: { maxRetries: 3 } };
  await add.applyAsync([1, 2], options);
  await upper.s('a').applyAsync(options);
  add.s(1, 2).set({ link: add.s(3), deliveryMode: 'transient', timeLimit: { minutes: 1 } });

  // @ts-expect-error a number is no text
  add.s(1, 2).set({ link: upper.s() });
  // @ts-expect-error nothing is left to take the result
  await add.applyAsync([1, 2], { link: add.s(1, 2) });
  // @ts-expect-error an id is no number
  await add.applyAsync([1, 2], { linkError: add.s(1) });
  // @ts-expect-error no such type of exchange
  await add.applyAsync([1, 2], { exchangeType: 'headers' });
}

/** Many calls at once keep their types, and need all their arguments. */
export async function many(): Promise<void> {
  const [sum, text, pair] = await app.sendMany(
    [add.s(1, 2), upper.s('a'), group([add.s(1, 2), length.s('a')])],
    { queue: 'q', deadline: 3 },
  );
  holds<
    [
      Expect<Equal<typeof sum, AsyncResult<number>>>,
      Expect<Equal<typeof text, AsyncResult<string>>>,
      Expect<Equal<typeof pair, GroupResult<[number, number]>>>,
    ]
  >();
  const all = await app.sendMany([1, 2].map((each) => add.s(each, 1)));
  holds<Expect<Equal<typeof all, AsyncResult<number>[]>>>();

  // @ts-expect-error `a` is left
  await app.sendMany([add.s(1, 2), add.s(2)]);
  // @ts-expect-error an id is of one call
  await app.sendMany([add.s(1, 2)], { taskId: 'x' });
}

/** Routes and queues are typed. */
export function routes(): void {
  new Celery('types', {
    taskRoutes: [
      (name, args) => (args.length > 3 ? { queue: `${name}.big`, priority: 3 } : undefined),
      { 'feed.*': 'feeds', 'video.cut': { queue: 'media', routingKey: 'media.cut' } },
      [/^image\./, 'media'],
      './routes.ts:routeTask',
    ],
    taskQueues: [
      { name: 'feeds', routingKey: 'feed.#' },
      { name: 'news', broadcast: true },
    ],
  });
  new Celery('types', { taskQueues: { feeds: { exchangeType: 'topic' } } });

  // @ts-expect-error no such option of a route
  new Celery('types', { taskRoutes: { '*': { countdown: 3 } } });
  // @ts-expect-error a queue has a name
  new Celery('types', { taskQueues: [{ routingKey: 'a' }] });
}
