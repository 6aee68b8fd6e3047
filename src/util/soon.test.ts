import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { soon } from './soon.ts';

test('work asked for many times in a turn runs once, after promises of any depth', async () => {
  const seen: number[] = [];
  let asked = 0;
  const ask = soon(() => seen.push(asked));

  for (let depth = 0; depth < 5; depth++) {
    void (async () => {
      for (let i = 0; i < depth; i++) await undefined;
      asked += 1;
      ask();
    })();
  }
  await turn();

  expect(seen).toEqual([5]);
});

test('work can be asked for again', async () => {
  let runs = 0;
  const ask = soon(() => {
    runs += 1;
  });

  ask();
  await turn();
  ask();
  await turn();

  expect(runs).toBe(2);
});
