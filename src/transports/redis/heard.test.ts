import { expect, test } from 'vitest';
import { Heard } from './heard.ts';

const aMessage = (payload: string, queue = 'q') => ({ payload, queue, atMs: 0 });
const payloadsOf = (messages: readonly { payload: string }[]) =>
  messages.map(({ payload }) => payload);

test('what was heard is taken in order, of one queue at a time', () => {
  const heard = new Heard();
  for (const [payload, queue] of ['a q', 'b q', 'c other', 'd q'].map((text) => text.split(' '))) {
    heard.add(aMessage(payload ?? '', queue));
  }

  const pieces = [heard.take(), heard.take(), heard.take(), heard.take()].map(payloadsOf);

  expect(pieces).toEqual([['a', 'b'], ['c'], ['d'], []]);
});

test('what could not be put in comes first again', () => {
  const heard = new Heard();
  heard.add(aMessage('a'));
  const taken = heard.take();
  heard.add(aMessage('b'));

  heard.putBack(taken);

  expect(payloadsOf(heard.take())).toEqual(['a', 'b']);
});

test('no more than 10,000 are kept, and the oldest go', () => {
  const heard = new Heard();

  const gone = Array.from({ length: 10_001 }, (_, at) => heard.add(aMessage(String(at))));

  expect(gone.indexOf(1)).toBe(10_000);
  expect(heard.take()[0]?.payload).toBe('1');
});

test('what is not wanted is forgotten', () => {
  const heard = new Heard();
  heard.add(aMessage('a'));
  heard.add(aMessage('b', 'other'));

  expect(heard.keepOnly(({ queue }) => queue === 'other')).toBe(1);

  expect(payloadsOf(heard.take())).toEqual(['b']);
});
