import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { FakeReader } from '../../test/support/fake-reader.ts';
import type { ResultTuple } from '../protocol/index.ts';
import { groupResultFromTuple, taskResult } from './from-tuple.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const leaf = (id: string): ResultTuple => [[id, null], null];

/** Results that nobody stores, and what loops over them. */
function open() {
  const reader = new FakeReader();
  const options = { reader: async () => reader };
  const group = groupResultFromTuple([['g', null], ['a', 'b'].map(leaf)], options);
  const succeed = (id: string) => reader.store(id, { status: 'SUCCESS', result: id.toUpperCase() });
  const loops = {
    iterate: () => group.iterate(),
    'iterate with a timeout': () => group.iterate({ timeout: 60 }),
    collect: () => taskResult(leaf('a'), options).collect({ intermediate: true }),
    'collect with a timeout': () =>
      taskResult(leaf('a'), options).collect({ intermediate: true, timeout: 60 }),
  };
  return { reader, loops, group, succeed };
}

const names = ['iterate', 'iterate with a timeout', 'collect', 'collect with a timeout'] as const;

const until = async (condition: () => boolean, eachTurn = () => {}) => {
  for (let turns = 0; turns < 2_000 && !condition(); turns += 1) {
    eachTurn();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(condition()).toBe(true);
};

const turnsWithGarbage = async () => {
  for (let turns = 0; turns < 5; turns += 1) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
};

test.each(names)('who leaves %s in the middle of waiting waits for nothing more', async (name) => {
  const { reader, loops } = open();
  const loop = loops[name]();
  const pending = loop.next();
  await until(() => reader.waiting > 0);

  const left = loop.return();

  const done = { done: true, value: undefined };
  expect(await Promise.all([pending, left, loop.next()])).toEqual([done, done, done]);
  await until(() => reader.waiting === 0);
});

test.each(names)('a value of %s comes, even if nobody holds the loop itself', async (name) => {
  const { reader, loops, succeed } = open();
  const next = loops[name]().next();
  await until(() => reader.waiting > 0);

  await turnsWithGarbage();

  succeed('a');
  expect(await next).toMatchObject({ done: false });
  await until(() => reader.waiting === 0, collectGarbage);
});

test('a loop between two values that nobody holds any more waits for nothing, and leaves no timer', async () => {
  const { reader, group, succeed } = open();
  succeed('a');
  const began = vi.spyOn(globalThis, 'setTimeout');
  const ended = vi.spyOn(globalThis, 'clearTimeout');
  await group.iterate({ timeout: 3_600 }).next();
  expect(reader.waiting).toBe(1);
  const timer = began.mock.results[began.mock.calls.findIndex(([, ms]) => ms === 3_600_000)];
  expect(timer).toBeDefined();

  await until(() => reader.waiting === 0, collectGarbage);
  expect(ended.mock.calls).toContainEqual([timer?.value]);
  vi.restoreAllMocks();
});

test('a loop that waits is not taken for one that was left', async () => {
  const { reader, group, succeed } = open();
  const reading = (async () => {
    const values: unknown[] = [];
    for await (const [, value] of group) values.push(value);
    return values;
  })();
  await until(() => reader.waiting === 2);

  await turnsWithGarbage();

  expect(reader.waiting).toBe(2);
  for (const id of ['a', 'b']) succeed(id);
  expect(await reading).toEqual(['A', 'B']);
});

test('an error that is thrown into a loop comes out of it, and ends the waiting', async () => {
  const { reader, group, succeed } = open();
  succeed('a');
  const loop = group.iterate();
  await loop.next();

  await expect(loop.throw(new Error('enough'))).rejects.toThrow('enough');

  await until(() => reader.waiting === 0);
});

test('a loop is left by the end of the block that uses it', async () => {
  const { reader, group } = open();
  const loop = group.iterate();
  const pending = loop.next();
  await until(() => reader.waiting === 2);

  await loop[Symbol.asyncDispose]();

  expect(await pending).toEqual({ done: true, value: undefined });
  await until(() => reader.waiting === 0);
});
