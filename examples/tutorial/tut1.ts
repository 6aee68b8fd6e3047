/**
 * 1. A task, a broker, no results.
 *
 *    npx celeriac -A examples/tutorial/tut1.ts worker     in one terminal
 *    npx jiti examples/tutorial/tut1.ts                   in another
 */
import { BackendMissingError, Celery, isProgram } from 'celeriac';

// The broker carries messages from here to the worker. Which one is said by the environment
// (CELERY_BROKER_URL=redis://localhost); without it, it is a file: .celeriac/celeriac.db.
// `backend: null` says that nobody keeps what the tasks return.
export const app = new Celery('tut1', { backend: null });

// Named tut1.add, by the app and the function. It runs in the worker, and so it prints there.
export const add = app.task(function add(x: number, y: number) {
  console.log(`tut1.add: ${x} + ${y} = ${x + y}`);
  return x + y;
});

if (isProgram(import.meta.url)) {
  const result = await add.delay(4, 4);
  console.log(`add.delay(4, 4) = sent as ${result.id}`);

  await add.applyAsync([], { kwargs: { x: 4, y: 5 } });
  console.log('add.applyAsync([], { kwargs: { x: 4, y: 5 } }) = sent');

  try {
    console.log(`result.get() = ${await result.get({ timeout: 10 })}`);
  } catch (error) {
    if (!(error instanceof BackendMissingError)) throw error;
    console.log(`result.get() = ${error.message}`);
  }
  await app.close();
}
