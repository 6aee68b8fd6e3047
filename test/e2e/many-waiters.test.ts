import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startProgram } from '../support/process.ts';
import { useRedis } from '../support/redis.ts';

const JITI = import.meta.resolve('jiti/register');
const PROGRAM = fileURLToPath(new URL('../fixtures/many-waiters.ts', import.meta.url));
const COUNT = 10_000;

const redis = useRedis();

test('ten thousand results are waited for over one subscriber, with no timer each, and leave nothing behind', async () => {
  await redis().cli('CONFIG', 'RESETSTAT');
  const args = ['--expose-gc', '--import', JITI, PROGRAM, redis().url, String(COUNT)];
  const program = startProgram(process.execPath, args);
  let mostSubscribers = 0;
  let isOver = false;
  const counting = (async () => {
    while (!isOver) {
      const clients = await redis().cli('CLIENT', 'LIST', 'TYPE', 'pubsub');
      await Promise.race([program.exited, sleep(250)]);
      mostSubscribers = Math.max(mostSubscribers, clients.split('\n').filter(Boolean).length);
    }
  })();

  const { code } = await program.exited;
  isOver = true;
  await counting;

  console.log(program.lines.join('\n'));
  expect({ code, stderr: program.stderr }).toEqual({ code: 0, stderr: '' });
  expect(mostSubscribers).toBe(1);
  const numbers = (start: string) =>
    program.lines
      .filter((line) => line.startsWith(start))
      .map((line) => Number(line.split(' ')[1]));
  expect(Math.max(...numbers('timers'))).toBeLessThan(100);
  // of 30,000 results; what is kept of one, or of the waiting for it, would be some hundred bytes each
  expect(numbers('grown')[0]).toBeLessThan(2_000);
}, 120_000);
