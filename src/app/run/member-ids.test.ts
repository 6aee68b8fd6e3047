import { expect, test } from 'vitest';
import type { SignatureData } from '../../protocol/index.ts';
import type { TaskRequest } from '../context.ts';
import { MemberIds } from './member-ids.ts';

const call = (...args: unknown[]): SignatureData => ({
  ...{ task: 't.a', args, kwargs: {}, options: {}, subtask_type: null, immutable: false },
});
const request = (more: object = {}) =>
  ({ groupId: 'g', id: 'adding', retries: 0, ...more }) as TaskRequest;
const newId = () => 'new';

/** The ids of one run's members. */
function idsOf(run: TaskRequest, ...members: SignatureData[]): string[] {
  const ids = new MemberIds();
  return members.map((each) => ids.next(each, run, newId));
}

test('the same message makes the same members, in whichever order they come', () => {
  const [one, two, twoAgain] = idsOf(request(), call(1), call(2), call(2));

  expect(new Set([one, two, twoAgain]).size).toBe(3);
  expect(idsOf(request(), call(2), call(1), call(2))).toEqual([two, one, twoAgain]);
  expect(one).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});

test.each([
  ['retry', { retries: 1 }],
  ['task', { id: 'other' }],
  ['chord', { groupId: 'h' }],
])('another %s makes others', (_, more) => {
  expect(idsOf(request(more), call(1))).not.toEqual(idsOf(request(), call(1)));
});

test('what has no JSON text has a new id each time', () => {
  expect(
    idsOf(
      request(),
      call(() => 1),
      call(1),
    )[0],
  ).toBe('new');
});
