import { type } from 'arktype';
import * as v from 'valibot';
import * as z from 'zod';
import { Celery, type Task, type TaskContext } from '../../src/index.ts';
import { type Equal, type Expect, holds } from './assert.ts';

const app = new Celery('schemas');

/** The function gets the output of each schema; senders give its input, and may leave out what has a default. */
export const zod = app.task(
  { name: 'zod', args: [z.string(), z.coerce.date<string>(), z.number().default(1)] },
  (email, at, count) => {
    holds<
      [
        Expect<Equal<typeof email, string>>,
        Expect<Equal<typeof at, Date>>,
        Expect<Equal<typeof count, number>>,
      ]
    >();
    return { email, at, count };
  },
);
export const zodTuple = app.task(
  { name: 'zod.tuple', args: z.tuple([z.string(), z.number().transform(String)]) },
  (email, amount) => `${email.trim()} ${amount.trim()}`,
);
export const valibot = app.task(
  { name: 'valibot', args: [v.pipe(v.string(), v.toDate()), v.optional(v.number(), 1)] },
  (at, count) => {
    holds<[Expect<Equal<typeof at, Date>>, Expect<Equal<typeof count, number>>]>();
    return at.getTime() + count;
  },
);
export const valibotTuple = app.task(
  { name: 'valibot.tuple', args: v.tuple([v.string(), v.pipe(v.string(), v.transform(Number))]) },
  (email, amount) => [email, amount] as const,
);
export const arktype = app.task(
  { name: 'arktype', args: [type('string.numeric.parse'), type('string | undefined')] },
  (count, note) => {
    holds<[Expect<Equal<typeof count, number>>, Expect<Equal<typeof note, string | undefined>>]>();
    return count + (note?.length ?? 0);
  },
);
export const arktypeTuple = app.task(
  { name: 'arktype.tuple', args: type(['string', 'number']) },
  (email, amount) => [email, amount] as const,
);
export const bound = app.task(
  { name: 'bound', bind: true, args: [z.string()], meta: { team: 'billing' } },
  (task, email) => {
    holds<
      [
        Expect<Equal<typeof task, TaskContext<{ team: string }>>>,
        Expect<Equal<typeof email, string>>,
      ]
    >();
    return `${email} ${task.task.meta.team}`;
  },
);
export const fewer = app.task({ name: 'fewer', args: [z.string(), z.number()] }, (email) => email);
export const none = app.task({ name: 'none', args: [] }, () => 1);

/** What senders see. */
export type Senders = [
  Expect<
    Equal<
      typeof zod,
      Task<[string, string, (number | undefined)?], { email: string; at: Date; count: number }>
    >
  >,
  Expect<Equal<typeof zodTuple, Task<[string, number], string>>>,
  Expect<Equal<typeof valibot, Task<[string, (number | undefined)?], number>>>,
  Expect<Equal<typeof valibotTuple, Task<[string, string], readonly [string, number]>>>,
  Expect<Equal<typeof arktype, Task<[string, (string | undefined)?], number>>>,
  Expect<Equal<typeof arktypeTuple, Task<[string, number], readonly [string, number]>>>,
  Expect<Equal<typeof bound, Task<[string], string, { team: string }>>>,
  Expect<Equal<typeof fewer, Task<[string, number], string>>>,
  Expect<Equal<typeof none, Task<[], number>>>,
];

/** What compiles and what does not. */
export async function calls(): Promise<void> {
  await zod.delay('a@b', '2026-01-01');
  await zod.delay('a@b', '2026-01-01', 3);
  await zod.s('2026-01-01', 3).delay('a@b');
  await bound.delay('a@b');

  // @ts-expect-error senders give texts
  await zod.delay('a@b', new Date());
  // @ts-expect-error one is missing
  await zod.delay('a@b');
  // @ts-expect-error the function wants a number where the schema makes a text
  app.task({ name: 'x', args: [z.string()] }, (count: number) => count);
  // @ts-expect-error the function wants more than there is
  app.task({ name: 'x', args: [z.string()] }, (a: string, b: string) => a + b);
  // @ts-expect-error arguments are a list
  app.task({ name: 'x', args: z.object({ a: z.string() }) }, (a: string) => a);
  app.task({ name: 'x', args: [z.string()], validateOnSend: true }, (a) => a.trim());
  // @ts-expect-error nothing to hold arguments against
  app.task({ name: 'x', validateOnSend: true }, (a: string) => a);
  // @ts-expect-error no schema
  app.task({ name: 'x', args: ['string'] }, (a: string) => a);
}

/** `meta` keeps its type. */
export function metas(): void {
  const add = app.task(
    { name: 'm', meta: { team: 'billing', level: 2 } },
    (a: number, b: number) => a + b,
  );
  const plain = app.task({ name: 'p' }, (a: number) => a);
  const told = app.task({ name: 'b', bind: true, meta: { level: 2 } }, (task, a: number) => {
    holds<Expect<Equal<typeof task.task.meta, Readonly<{ level: number }>>>>();
    return a + task.request.retries;
  });
  holds<
    [
      Expect<Equal<typeof add.meta, Readonly<{ team: string; level: number }>>>,
      Expect<Equal<typeof told, Task<[a: number], number, { level: number }>>>,
    ]
  >();

  app.task(
    {
      name: 'h',
      meta: { team: 'billing' },
      onFailure: (context) => context.task.meta.team.trim(),
    },
    (a: number) => a,
  );

  // @ts-expect-error it is frozen
  add.meta.team = 'other';
  // @ts-expect-error it says no such thing
  void add.meta.lead;
  // @ts-expect-error it has none
  void plain.meta.team;
}

/** Annotations are options of tasks. */
export const annotated: Celery[] = [
  new Celery('a', { taskAnnotations: { '*': { maxRetries: 5 }, 'a.b': { queue: 'q' } } }),
  new Celery('a', {
    taskAnnotations: [
      ({ name, options }) => (options.bind ? { priority: name.length } : undefined),
    ],
  }),
  // @ts-expect-error no such option
  new Celery('a', { taskAnnotations: { '*': { maxRetrie: 5 } } }),
  // @ts-expect-error it belongs to the function
  new Celery('a', { taskAnnotations: { '*': { bind: true } } }),
];
