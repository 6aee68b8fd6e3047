/**
 * 5. Profit and loss: what a position is worth at the close, less what it cost.
 *
 *    npx celeriac -A examples/tutorial/pnl.ts worker
 *    npx jiti examples/tutorial/pnl.ts
 */
import { Celery, isProgram } from 'celeriac';
import { createPositions, getPosition, positions } from './createPositions.ts';

export const app = new Celery('pnl');

export const getPnl = app.task(async function getPnl(name: string, close: number) {
  const { size, price } = await getPosition(name);
  return size * close - size * price;
});

// With the defaults it can begin a chain, where there is only one figure to add yet.
export const addPnl = app.task(function addPnl(total: number = 0, pnl: number = 0) {
  return total + pnl;
});

if (isProgram(import.meta.url)) {
  await createPositions();

  for (const { name } of positions) {
    const pnl = await getPnl.delay(name, 0.95);
    console.log(`getPnl('${name}', 0.95) = ${await pnl.get({ timeout: 10 })}`);
  }
  const nothing = await addPnl.delay();
  console.log(`addPnl() = ${await nothing.get({ timeout: 10 })}`);
  const one = await addPnl.delay(-4);
  console.log(`addPnl(-4) = ${await one.get({ timeout: 10 })}`);
  const two = await addPnl.delay(-4, 10);
  console.log(`addPnl(-4, 10) = ${await two.get({ timeout: 10 })}`);

  await app.close();
}
