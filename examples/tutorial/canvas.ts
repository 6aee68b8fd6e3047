/**
 * 6. Many tasks at once, and tasks one after the other.
 *
 *    npx celeriac -A examples/tutorial/worker.ts worker
 *    npx jiti examples/tutorial/canvas.ts
 *
 * A signature is a call that is not made yet: `si` holds all arguments, `s` leaves the first ones to be
 * filled in by the step before. TypeScript knows which are left: a chain that does not fit does not compile.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { chain, group, isProgram } from 'celeriac';
import { createPositions, positions } from './createPositions.ts';
import { addPnl, app, getPnl } from './pnl.ts';
import { getInitialPositionValue, getValueAtClose } from './positions.ts';

const CLOSE = 0.95;

if (isProgram(import.meta.url)) {
  await createPositions();

  // A group: five tasks at the same time.
  const job = group(positions.map(({ name }) => getPnl.si(name, CLOSE)));
  const results = await job.applyAsync();
  while (!(await results.ready())) await sleep(20);
  const pnls = await results.get({ timeout: 1 });
  console.log(`group.ready() = ${await results.ready()}`);
  console.log(`group.get({ timeout: 1 }) = ${pnls.join(', ')}`);
  console.log(`total of the group = ${pnls.reduce((total, pnl) => total + pnl, 0)}`);

  // A chain of steps that take nothing from each other. The handle is that of the last step;
  // the steps before it are its parents.
  const steps = chain([
    getInitialPositionValue.si('pos_1'),
    getValueAtClose.si('pos_1', CLOSE),
    getPnl.si('pos_1', CLOSE),
  ]);
  const last = await steps.applyAsync();
  console.log(`chain.get() = ${await last.get({ timeout: 10 })}`);
  console.log(`chain.parent.get() = ${await last.parent?.get({ timeout: 10 })}`);
  console.log(`chain.parent.parent.get() = ${await last.parent?.parent?.get({ timeout: 10 })}`);

  // A chain that adds up: each step gets what the one before it returned, and adds its own.
  const [first = 0, second = 0, third = 0] = pnls;
  const adding = await chain([addPnl.s(first), addPnl.s(second), addPnl.s(third)]).applyAsync();
  console.log(`three P&Ls added up = ${await adding.get({ timeout: 10 })}`);

  await app.close();
}
