import { expect, test } from 'vitest';
import type { RedisLink } from '../../drivers/redis/index.ts';
import { RedisChords, type RedisChordsParts } from './redis-chords.ts';

/** A store at a server that only notes how many chords are opened with one command. */
function open() {
  const opened: unknown[] = [];
  const call = async (_command: string, [, , , , , count]: unknown[]) => {
    opened.push(count);
    return [];
  };
  const link = { call } as unknown as RedisLink;
  const parts = { ready: async () => link, options: { expiresMs: 0 }, db: 0 };
  return { opened, store: new RedisChords(parts as unknown as RedisChordsParts) };
}

const chord = (_none: unknown, at: number) => ({ groupId: `g${at}`, size: 2 });

test('chords that begin in one turn are opened together, a thousand with a command', async () => {
  const { opened, store } = open();

  const alone = Array.from({ length: 1_400 }, chord).map((each) => store.open([each]));
  await Promise.all([...alone, store.open(Array.from({ length: 1_100 }, chord))]);
  await store.open([chord(undefined, 0)]);

  expect(opened).toEqual([1_000, 1_000, 500, 1]);
});
