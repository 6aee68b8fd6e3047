import { expect, test } from 'vitest';
import type { ChordPart, ChordPlace, ResultWrite } from '../../protocol/index.ts';
import { Chords } from './chords.ts';

let nowMs = 0;
const stored: ResultWrite[] = [];

function newChords(): Chords {
  nowMs = 0;
  return new Chords({ now: () => nowMs }, (writes) => void stored.push(...writes));
}

function place(groupId: string, ttlMs = 0): ChordPlace {
  return { groupId, key: groupId, completeKey: '', db: 0, ttlMs, isOrdered: true };
}

function aPart(groupId: string, taskId: string, ttlMs = 0): ChordPart {
  const rest = { index: 0, member: taskId, ending: '{}', writes: [], parts: [] };
  return { ...place(groupId, ttlMs), taskId, ...rest };
}

test('a chord is kept from its last part on for as long as it is to be, and then it is another', () => {
  const chords = newChords();
  chords.open([{ ...place('g', 10), size: 2 }]);
  nowMs = 9;
  chords.count([aPart('g', 'a', 10)]);
  nowMs = 18;

  expect(chords.read(place('g'))).toEqual({ size: 2, members: ['a'] });
  expect(chords.count([aPart('g', 'b', 10)])).toHaveLength(1);
  nowMs = 28;
  expect(chords.takeComplete(0, 1)).toEqual([]);
  expect(chords.end(place('g'), false)).toBe(false);
  expect(chords.count([aPart('g', 'a', 10)])).toEqual([]);
  expect(chords.read(place('g'))).toEqual({ size: undefined, members: ['a'] });
});

test('chords past their time are dropped though nobody asks for them', () => {
  const chords = newChords();
  for (let n = 0; n < 150; n += 1) chords.open([{ ...place(`old${n}`, 10), size: 1 }]);
  nowMs = 10;

  for (let n = 0; n < 200; n += 1) chords.open([{ ...place(`new${n}`, 10), size: 1 }]);

  expect(chords.kept).toBe(200);
});

test('the chord that was touched longest ago makes room for one more', () => {
  const chords = newChords();
  for (let n = 0; n < 100_000; n += 1) chords.open([{ ...place(`g${n}`), size: 1 }]);
  chords.count([aPart('g0', 'a')]);

  chords.open([{ ...place('one more'), size: 1 }]);

  expect(chords.kept).toBe(100_000);
  expect(chords.read(place('g0')).size).toBe(1);
  expect(chords.read(place('g1')).size).toBeUndefined();
});

test('a complete chord that was found rests twice as long each time, a minute at most, until one more part comes', () => {
  const chords = newChords();
  chords.open([{ ...place('g'), size: 1 }]);
  chords.count([aPart('g', 'a')]);
  const found: number[] = [];
  const lookEachSecond = (seconds: number): void => {
    for (const end = nowMs + seconds * 1_000; nowMs < end; nowMs += 1_000) {
      if (chords.takeComplete(5_000, 10).length > 0) found.push(nowMs / 1_000);
    }
  };

  lookEachSecond(260);
  expect(found).toEqual([5, 10, 20, 40, 80, 140, 200]);
  expect(chords.count([aPart('g', 'b')])).toHaveLength(1);
  lookEachSecond(11);
  expect(found.slice(7)).toEqual([265, 270]);
});
