import { add, app } from '../tasks.mjs';

/** How a program sends with celeriac and waits for results. */
export async function openProducer() {
  return {
    /** @returns a handle, once the broker has the task. */
    send: (a, b) => add.delay(a, b),
    /** Sends of one tick leave together. */
    sendMany: (pairs) => Promise.all(pairs.map(([a, b]) => add.delay(a, b))),
    sendLater: (a, b, due) => add.applyAsync([a, b], { eta: due }),
    result: (handle) => handle.get(),
    close: () => app.close(),
  };
}
