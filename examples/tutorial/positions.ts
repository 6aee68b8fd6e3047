/**
 * 4. Tasks that read something, log, expect the unexpected, and try again.
 *
 *    npx celeriac -A examples/tutorial/positions.ts worker
 *    npx jiti examples/tutorial/positions.ts
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Celery, getTaskLogger, isProgram } from 'celeriac';
import { createPositions, findPosition, getPosition, removePosition } from './createPositions.ts';

export const app = new Celery('positions');

// Its lines carry the name and the id of the task that wrote them.
const logger = getTaskLogger('positions');

/** What the position cost. */
export const getInitialPositionValue = app.task(async function getInitialPositionValue(
  name: string,
) {
  const { size, price } = await getPosition(name);
  return size * price;
});

/** What the position is worth at the closing price. */
export const getValueAtClose = app.task(async function getValueAtClose(
  name: string,
  close: number,
) {
  const { size } = await getPosition(name);
  return size * close;
});

/** The same, and it logs. */
export const getValueAtClose1 = app.task(async function getValueAtClose1(
  name: string,
  close: number,
) {
  const { size } = await getPosition(name);
  logger.info(`${name}: ${size} at ${close}`);
  return size * close;
});

/** The first again, checked: null if there is no such position. */
export const getInitialPositionValueChecked = app.task(
  async function getInitialPositionValueChecked(name: string) {
    const position = await findPosition(name);
    return position && position.size * position.price;
  },
);

/** The second again, checked: null if there is no such position, or no closing price yet. */
export const getValueAtCloseChecked = app.task(async function getValueAtCloseChecked(
  name: string,
  close: number | null,
) {
  const position = await findPosition(name);
  if (!position || close === null) return null;
  return position.size * close;
});

/** While the position is missing, try again a little later. Bound, so it gets its context first. */
export const getValueAtCloseRetry = app.task(
  { bind: true, maxRetries: 50 },
  async function getValueAtCloseRetry(task, name: string, close: number) {
    const position = await findPosition(name);
    if (!position) throw task.retry({ countdown: 0.2 });
    return position.size * close;
  },
);

if (isProgram(import.meta.url)) {
  await createPositions();

  const initial = await getInitialPositionValue.delay('pos_1');
  console.log(`getInitialPositionValue('pos_1') = ${await initial.get({ timeout: 10 })}`);
  const atClose = await getValueAtClose.delay('pos_1', 0.95);
  console.log(`getValueAtClose('pos_1', 0.95) = ${await atClose.get({ timeout: 10 })}`);
  const logged = await getValueAtClose1.delay('pos_2', 0.95);
  console.log(`getValueAtClose1('pos_2', 0.95) = ${await logged.get({ timeout: 10 })}`);

  // What a task throws, get() throws here.
  const missing = await getValueAtClose.delay('pos_6', 0.95);
  const problem = await missing.get({ timeout: 10 }).catch((error: Error) => error.message);
  console.log(`getValueAtClose('pos_6', 0.95) = ${problem}`);

  const noPosition = await getInitialPositionValueChecked.delay('pos_6');
  console.log(`getInitialPositionValueChecked('pos_6') = ${await noPosition.get({ timeout: 10 })}`);
  const noClose = await getValueAtCloseChecked.delay('pos_1', null);
  console.log(`getValueAtCloseChecked('pos_1', null) = ${await noClose.get({ timeout: 10 })}`);
  const both = await getValueAtCloseChecked.delay('pos_1', 0.95);
  console.log(`getValueAtCloseChecked('pos_1', 0.95) = ${await both.get({ timeout: 10 })}`);

  // The task finds no position and retries, until somebody adds it.
  await removePosition('pos_5');
  const waiting = await getValueAtCloseRetry.delay('pos_5', 0.95);
  const deadline = Date.now() + 10_000;
  while ((await waiting.state()) !== 'RETRY' && Date.now() < deadline) await sleep(20);
  console.log(`getValueAtCloseRetry('pos_5', 0.95), no pos_5 = ${await waiting.state()}`);
  await createPositions();
  console.log(`the same after createPositions() = ${await waiting.get({ timeout: 10 })}`);

  await app.close();
}
