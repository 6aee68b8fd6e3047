import { Celery, sharedTask, type Task, type TaskContext } from '../../src/index.ts';
import { type Equal, type Expect, holds } from './assert.ts';

export const ping = sharedTask({ name: 'lib.ping' }, (text: string) => `pong ${text}`);
export const bound = sharedTask({ name: 'lib.bound', bind: true }, async (task, size: number) => {
  holds<Expect<Equal<typeof task, TaskContext>>>();
  return size + task.request.retries;
});

/** Shared tasks are typed as those of an app are. */
export type Shared = [
  Expect<Equal<typeof ping, Task<[text: string], string>>>,
  Expect<Equal<typeof bound, Task<[size: number], number>>>,
];

/** What is registered keeps its type; what does not compile. */
export async function calls(): Promise<void> {
  const own = new Celery('types').registerTask(ping);
  holds<Expect<Equal<typeof own, Task<[text: string], string>>>>();
  await ping.delay('a');

  // @ts-expect-error a number is no text
  await ping.delay(1);
  // @ts-expect-error it needs a name
  sharedTask({ maxRetries: 3 }, (text: string) => text);
  // @ts-expect-error it needs options
  sharedTask((text: string) => text);
}
