import { expect, test } from 'vitest';
import type { FailoverStrategy } from '../../protocol/index.ts';
import { Route } from './route.ts';

const urls = ['redis://a', 'redis://b', 'redis://c'];

function aRoute(strategy: FailoverStrategy, random = () => 0) {
  const notices: string[] = [];
  const route = new Route({
    ...{ urls, shown: urls, strategy, random },
    onNotice: (message) => notices.push(message),
  });
  /** Where it goes as each place in turn fails. */
  const walk = (steps: number): number[] =>
    Array.from({ length: steps }, () => {
      route.failed(route.at);
      return route.at;
    });
  return { route, notices, walk };
}

test('round-robin goes through the list again and again', () => {
  expect(aRoute('round-robin').walk(4)).toEqual([1, 2, 0, 1]);
});

test('shuffle takes any other than the one that failed', () => {
  expect(aRoute('shuffle', () => 0).walk(3)).toEqual([1, 2, 0]);
  expect(aRoute('shuffle', () => 0.99).walk(3)).toEqual([2, 1, 0]);
});

test('a function says in which order, which begins anew when it ends', () => {
  const { walk } = aRoute((all) => [...all].reverse());

  expect(walk(5)).toEqual([2, 1, 0, 2, 1]);
});

test('a function may be a generator without an end', () => {
  const { walk } = aRoute(function* (all) {
    for (;;) yield* all.slice(1);
  });

  expect(walk(4)).toEqual([1, 2, 1, 2]);
});

test.each<[string, FailoverStrategy, string]>([
  [
    'throws',
    () => {
      throw new Error('broken');
    },
    'failed, taking the next: Error: broken',
  ],
  ['gives nothing', () => [], 'failed, taking the next'],
  ['gives a stranger', () => ['redis://z'], 'gave a URL that is not in the list'],
])('a function that %s has the next one taken, and is told about', (_what, strategy, notice) => {
  const { walk, notices } = aRoute(strategy);

  expect(walk(2)).toEqual([1, 2]);
  expect(notices[0]).toContain(notice);
});

test('only the failure of the present place moves it, and those who follow are told', () => {
  const { route } = aRoute('round-robin');
  let moves = 0;
  route.onMoved.on(() => {
    moves += 1;
  });

  route.failed(0);
  route.failed(0); // another link, which was still at the old place

  expect([route.at, moves]).toEqual([1, 1]);
});

test('a change is told once there is a connection, in one line, whoever has it', () => {
  const { route, notices } = aRoute('round-robin');

  route.reached(0);
  route.failed(0);
  route.failed(1);
  expect(notices).toEqual([]);
  route.reached(2);
  route.reached(2);

  expect(notices).toEqual(["'redis://a' does not answer; using 'redis://c' from now on"]);
});
