import {
  type AsyncResult,
  Celery,
  type GroupResult,
  group,
  type Task,
  type TaskContext,
  type TaskEnding,
  TaskFailedError,
} from '../../src/index.ts';
import { type Equal, type Expect, holds, type IsAny, type Refuse } from './assert.ts';

export const app = new Celery('types');

class Unreachable extends Error {}
abstract class Transient extends Error {}

/** A task with everything around it keeps the types of its function. */
export const guarded = app.task(
  {
    name: 'types.guarded',
    bind: true,
    autoretryFor: [Unreachable, Transient, (error) => error instanceof TaskFailedError],
    dontAutoretryFor: [TypeError],
    retryBackoff: { minutes: 1 },
    retryKwargs: { maxRetries: null, countdown: 3 },
    throws: [RangeError, DOMException],
    before(context) {
      holds<[Expect<Equal<typeof context, TaskContext>>, Refuse<IsAny<typeof context>>]>();
      return context.name;
    },
    async onSuccess(context, result) {
      await context.progress(result);
      holds<[Expect<Equal<typeof result, unknown>>]>();
    },
    onFailure: ({ logger }, error) => logger.error(String(error)),
    onRetry: ({ request }, error) => [request.retries, error],
    after(_, ending) {
      holds<[Expect<Equal<typeof ending, TaskEnding>>]>();
      return ending.state === 'SUCCESS' ? ending.result : ending.error;
    },
  },
  async (task, size: number) => {
    if (size < 0) throw task.retry({ queue: 'slow', priority: 9, headers: { 'x-why': 'size' } });
    return `${size}`;
  },
);

export type Definitions = [Expect<Equal<typeof guarded, Task<[size: number], string>>>];

/** What runs at once gives the handles that what is sent gives. */
export async function eagerly(): Promise<void> {
  const result = await guarded.apply([1], { throw: true, queue: 'q' });
  const named = await guarded.apply([], { kwargs: { size: 1 } });
  const pair = await group([guarded.s(1), guarded.s(2)]).apply();
  const last = await guarded.s().apply({ args: [1] });
  holds<
    [
      Expect<Equal<typeof result, AsyncResult<string>>>,
      Expect<Equal<typeof named, AsyncResult<string>>>,
      Expect<Equal<typeof pair, GroupResult<[string, string]>>>,
      Expect<Equal<typeof last, AsyncResult<string>>>,
    ]
  >();
  // @ts-expect-error an argument is missing
  await guarded.apply();
  // @ts-expect-error nothing is sent that could be given up
  await guarded.apply([1], { deadline: 3 });
}

/** What does not compile. */
export function refused(): void {
  app.use({ before: ({ name }) => name.length, after: async () => {} });
  // @ts-expect-error no hook
  app.use({ around: () => {} });
  // @ts-expect-error no class of errors, and no question about one
  app.task({ name: 'a', autoretryFor: [Map] }, () => {});
  // @ts-expect-error a text names no class
  app.task({ name: 'b', throws: ['ValueError'] }, () => {});
  // @ts-expect-error an ending without an error has none
  app.task({ name: 'c', after: (_, ending) => ending.error }, () => {});
  app.task({ name: 'd', bind: true }, (task) => {
    // @ts-expect-error a next try is the same task
    throw task.retry({ taskId: 'other' });
  });
}
