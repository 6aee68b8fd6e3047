import { expect, test } from 'vitest';
import { createDeferred } from './deferred.ts';
import { Semaphore } from './semaphore.ts';

test('so much work runs at once, and the rest in its order as work ends, well or not', async () => {
  const semaphore = new Semaphore(2);
  const begun: number[] = [];
  const work = [0, 1, 2, 3].map(() => createDeferred<string>());
  const ends = work.map(({ promise }, at) =>
    semaphore.run(() => {
      begun.push(at);
      return promise;
    }),
  );

  expect(begun).toEqual([0, 1]);
  work[1]?.reject(new Error('bad'));
  await expect(ends[1]).rejects.toThrow('bad');
  expect(begun).toEqual([0, 1, 2]);
  for (const { resolve } of work) resolve('good');

  expect(await Promise.all([ends[0], ends[2], ends[3]])).toEqual(['good', 'good', 'good']);
  expect(begun).toEqual([0, 1, 2, 3]);
  await semaphore.run(async () => void begun.push(4));
  expect(begun.at(-1)).toBe(4);
});
