import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { signingFiles } from '../../test/support/keys.ts';
import { group } from '../canvas/index.ts';
import type { OutgoingMessage } from '../protocol/index.ts';
import type { Transport } from '../transports/index.ts';
import { Celery } from './celery.ts';
import type { CeleryOptions } from './celery-options.ts';
import { runtime, setRuntime } from './runtime.ts';

const before = runtime();
afterEach(() => setRuntime(before));

const signs = { taskSerializer: 'auth', acceptContent: ['auth'] } as const;
const COUNT = 60;

/** An app at a broker that only notes how many messages come together, and as many calls. */
function sender(settings: CeleryOptions) {
  const batches: number[] = [];
  const publish = async (messages: readonly OutgoingMessage[]) =>
    void batches.push(messages.length);
  const transport = { publish, close: async () => {} } as unknown as Transport;
  setRuntime({ ...before, openTransport: async () => transport });
  const app = new Celery('orders', { broker: 'redis://', ...settings });
  const { key, cert, store } = signingFiles();
  if (settings.taskSerializer === 'auth') app.setupSecurity({ key, cert, store });
  const calls = Array.from({ length: COUNT }, (_none, index) =>
    app.signature('orders.pay', [index]),
  );
  return { app, batches, calls };
}

/** How many turns of the event loop others had until something was done. */
async function turnsUntil(done: Promise<unknown>): Promise<number> {
  let isDone = false;
  const note = () => {
    isDone = true;
  };
  done.then(note, note);
  let turns = 0;
  while (!isDone) {
    await nextTurn();
    turns++;
  }
  await done;
  return turns;
}

test('while many messages are signed others have their turns, and they still travel together', async () => {
  const { app, batches, calls } = sender(signs);

  const many = await turnsUntil(app.sendMany(calls));
  const grouped = await turnsUntil(group(calls).applyAsync());

  expect(Math.min(many, grouped)).toBeGreaterThanOrEqual(COUNT / 5 - 1);
  expect(batches).toEqual([COUNT, COUNT]);
});

test('messages that are not signed take no turns', async () => {
  const { app, batches, calls } = sender({});

  expect(await turnsUntil(app.sendMany(calls))).toBeLessThan(5);
  expect(batches).toEqual([COUNT]);
});

test('what is given up while it is signed is not sent', async () => {
  const { app, batches, calls } = sender(signs);
  const leaving = new AbortController();
  const reason = new Error('the user has left');

  const sent = app.sendMany(calls, { signal: leaving.signal });
  const turns = turnsUntil(sent).catch((error: unknown) => error);
  await nextTurn();
  leaving.abort(reason);

  expect(await turns).toBe(reason);
  expect(batches).toEqual([]);
});

test('closing waits for what is being signed', async () => {
  const { app, batches, calls } = sender(signs);

  const sent = group(calls).applyAsync();
  await app.close();

  expect(batches).toEqual([COUNT]);
  await sent;
});
