import { chain, chord } from '../../dist/index.js';
import { add, app, sum } from '../tasks.mjs';

/** How a program sends with celeriac and waits for results. */
export async function openProducer() {
  return {
    /** @returns a handle, once the broker has the task. */
    send: (a, b) => add.delay(a, b),
    /** Sends of one tick leave together. */
    sendMany: (pairs) => Promise.all(pairs.map(([a, b]) => add.delay(a, b))),
    sendLater: (a, b, due) => add.applyAsync([a, b], { eta: due }),
    result: (handle) => handle.get(),
    /** @returns what the body gives: the sum of what its `width` parts gave. */
    async chord(width) {
      const header = Array.from({ length: width }, (_, i) => add.s(i, 1));
      return (await chord(header, sum.s()).delay()).get();
    },
    /** @returns the last result of `length` steps, each of which adds one. */
    async chain(length) {
      const steps = Array.from({ length: length - 1 }, () => add.s(1));
      return (await chain([add.s(0, 1), ...steps]).delay()).get();
    },
    close: () => app.close(),
  };
}
