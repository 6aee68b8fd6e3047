import { expect, test, vi } from 'vitest';
import { AbortWatch } from './abort-watch.ts';

test('all who watch a signal are told when it is aborted, over one listener', () => {
  const watch = new AbortWatch();
  const controller = new AbortController();
  const listen = vi.spyOn(controller.signal, 'addEventListener');
  const told: string[] = [];
  watch.of(controller.signal).add(() => told.push('a'));
  watch.of(controller.signal).add(() => told.push('b'));

  controller.abort();

  expect(told).toEqual(['a', 'b']);
  expect(listen).toHaveBeenCalledTimes(1);
});

test('who was removed is not told', () => {
  const watch = new AbortWatch();
  const controller = new AbortController();
  const told: string[] = [];
  const onAbort = () => told.push('a');
  watch.of(controller.signal).add(onAbort);
  watch.of(controller.signal).delete(onAbort);

  controller.abort();

  expect(told).toEqual([]);
});

test('signals are kept apart', () => {
  const watch = new AbortWatch();
  const [one, other] = [new AbortController(), new AbortController()];
  const told: string[] = [];
  watch.of(one.signal).add(() => told.push('one'));
  watch.of(other.signal).add(() => told.push('other'));

  other.abort();

  expect(told).toEqual(['other']);
});
