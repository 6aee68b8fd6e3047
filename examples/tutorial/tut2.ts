/**
 * 2. Results, and every way to call a task.
 *
 *    npx celeriac -A examples/tutorial/tut2.ts worker     in one terminal
 *    npx jiti examples/tutorial/tut2.ts                   in another
 */
import { Celery, isProgram, TaskRevokedError } from 'celeriac';

// Results are kept where CELERY_RESULT_BACKEND says; without it, in the same file as the messages.
export const app = new Celery('tut2');

export const add = app.task(function add(x: number, y: number) {
  return x + y;
});

export const mult = app.task(function mult(x: number, y: number) {
  return x * y;
});

if (isProgram(import.meta.url)) {
  // delay() sends the task and resolves with a handle on its result; get() waits for it.
  const sum = await add.delay(4, 4);
  console.log(`add.delay(4, 4) = ${await sum.get({ timeout: 10 })}`);
  console.log(`sum.state() = ${await sum.state()}`);

  const product = await mult.delay(4, 5);
  console.log(`mult.delay(4, 5) = ${await product.get({ timeout: 10 })}`);

  // applyAsync() takes the arguments as a list, and options beside them.
  const asList = await mult.applyAsync([4, 5]);
  console.log(`mult.applyAsync([4, 5]) = ${await asList.get({ timeout: 10 })}`);

  // JavaScript has no arguments by name: what Python's delay(x=4, y=6) says goes into kwargs.
  // All of them, or some by position and the others by name.
  const byName = await add.applyAsync([], { kwargs: { x: 4, y: 6 } });
  console.log(`add with kwargs { x: 4, y: 6 } = ${await byName.get({ timeout: 10 })}`);
  const mixed = await add.applyAsync([4], { kwargs: { y: 7 } });
  console.log(`add with [4] and kwargs { y: 7 } = ${await mixed.get({ timeout: 10 })}`);

  // Not before half a second from now; not before an instant.
  const later = await mult.applyAsync([4, 6], { countdown: 0.5 });
  console.log(`mult with countdown = ${await later.get({ timeout: 10 })}`);
  const eta = new Date(Date.now() + 500);
  const atEta = await mult.applyAsync([4, 7], { eta });
  console.log(`mult with eta = ${await atEta.get({ timeout: 10 })}`);

  // Not later than in a minute; not later than at an instant.
  const soon = await add.applyAsync([4, 8], { expires: 60 });
  console.log(`add with expires in seconds = ${await soon.get({ timeout: 10 })}`);
  const expires = new Date(Date.now() + 60_000);
  const before = await add.applyAsync([4, 9], { expires });
  console.log(`add with expires as a Date = ${await before.get({ timeout: 10 })}`);

  // Both together: not before, and not later than.
  const between = await add.applyAsync([5, 9], { countdown: 0.5, expires: 60 });
  console.log(`add with countdown and expires = ${await between.get({ timeout: 10 })}`);

  // When its time comes this one has expired: it never runs, and get() says so.
  const tooLate = await add.applyAsync([6, 9], { countdown: 0.6, expires: 0.3 });
  const ending = await tooLate.get({ timeout: 10, propagate: false });
  const reason = ending instanceof TaskRevokedError ? ending.reason : `it ran: ${ending}`;
  console.log(`add that expires before its countdown = ${reason}`);

  await app.close();
}
