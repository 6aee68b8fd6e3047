import { expect, test, vi } from 'vitest';
import { AbortWatch } from './abort-watch.ts';

test('all who watch a signal are told when it is aborted, over one listener', () => {
  const watch = new AbortWatch();
  const controller = new AbortController();
  const listen = vi.spyOn(controller.signal, 'addEventListener');
  const told: string[] = [];
  watch.add(controller.signal, () => told.push('a'));
  watch.add(controller.signal, () => told.push('b'));

  controller.abort();

  expect(told).toEqual(['a', 'b']);
  expect(listen).toHaveBeenCalledTimes(1);
});

test('who was removed is not told', () => {
  const watch = new AbortWatch();
  const controller = new AbortController();
  const told: string[] = [];
  const onAbort = () => told.push('a');
  watch.add(controller.signal, onAbort);
  watch.remove(controller.signal, onAbort);

  controller.abort();

  expect(told).toEqual([]);
});

test('signals are kept apart', () => {
  const watch = new AbortWatch();
  const [one, other] = [new AbortController(), new AbortController()];
  const told: string[] = [];
  watch.add(one.signal, () => told.push('one'));
  watch.add(other.signal, () => told.push('other'));

  other.abort();

  expect(told).toEqual(['other']);
});
