import { expect, test } from 'vitest';
import { UnderWay } from './under-way.ts';

test('it is idle at once when nothing was begun', async () => {
  await expect(new UnderWay().idle()).resolves.toBeUndefined();
});

test('it is idle when all that was begun has ended, also what began while somebody waited', async () => {
  const work = new UnderWay();
  const seen: string[] = [];
  work.begin();
  const idle = work.idle().then(() => seen.push('idle'));

  work.begin();
  work.end();
  await Promise.resolve();
  seen.push('one ended');
  work.end();
  await idle;

  expect(seen).toEqual(['one ended', 'idle']);
});
