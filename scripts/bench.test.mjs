import { expect, test } from 'vitest';
import { verifySums } from '../bench/lib/executions.mjs';
import { judge } from '../bench/lib/judge.mjs';
import { advantage, median, percentile, steadyRate, summary } from '../bench/lib/statistics.mjs';

test('the median is the middle value, or the mean of the two middle ones', () => {
  expect(median([30, 1, 2])).toBe(2);
  expect(median([4, 1, 30, 2])).toBe(3);
});

test('a percentile is the smallest value that so many do not exceed', () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);

  expect(percentile(values, 50)).toBe(100);
  expect(percentile(values, 99)).toBe(198);
  expect(percentile([7], 95)).toBe(7);
});

test('a summary keeps the values in the order they came and names both ends', () => {
  expect(summary([3, 9, 1])).toEqual({ median: 3, lowest: 1, highest: 9, values: [3, 9, 1] });
});

test('no values have no statistics', () => {
  expect(() => median([])).toThrow('no values');
});

test('an advantage above 1 is ours, for rates and for times', () => {
  expect(advantage(300, 200, 'higher')).toBe(1.5);
  expect(advantage(2, 3, 'lower')).toBe(1.5);
});

test('the steady rate leaves out the first tenth, however slow it was', () => {
  const slowStart = [0, 5000, ...Array.from({ length: 18 }, (_, i) => 5010 + 10 * i)];

  expect(steadyRate(slowStart)).toBeCloseTo(100);
});

test('sums that are all there once are in order, with warm-up tasks beside them', () => {
  expect(() => verifySums('here', [3, 1, -1, 2, -2], 3)).not.toThrow();
});

test('a missing, a repeated and a strange sum are each told', () => {
  expect(() => verifySums('here', [1, 3], 3)).toThrow('here: of 3 sums 1 are missing');
  expect(() => verifySums('here', [1, 2, 2, 3], 3)).toThrow('1 came twice');
  expect(() => verifySums('here', [1, 2, 3, 4], 3)).toThrow('1 are none of them, such as 4');
  expect(() => verifySums('here', [1, 2, 'FAILURE'], 3)).toThrow('such as FAILURE');
});

test('a bound is met by the ratio of medians alone, whatever others measured', () => {
  const case_ = {
    name: 'a',
    figures: [{ key: 'rate', title: 'A', unit: 'tasks/s', better: 'higher', bound: 1.5 }],
  };
  const runs = new Map([
    ['ours', [{ rate: 900 }, { rate: 160 }, { rate: 150 }]],
    ['theirs', [{ rate: 100 }, { rate: 10 }, { rate: 110 }]],
    ['other', [{ rate: 1 }, { rate: 1 }, { rate: 1 }]],
  ]);

  const [judged] = judge(case_, runs, { ours: 'ours', theirs: 'theirs' });

  expect(judged).toMatchObject({ ratio: 1.6, isMet: true });
});

test('who a figure is held against beside them has a line and a bound of its own', () => {
  const beside = [{ who: 'Celery', bound: 25 }];
  const figure = { key: 'ms', title: 'A', unit: 'ms', better: 'lower', bound: 3, beside };
  const runs = new Map([
    ['ours', [{ ms: 10 }]],
    ['theirs', [{ ms: 40 }]],
    ['Celery', [{ ms: 200 }]],
  ]);

  const titles = { ours: 'ours', theirs: 'theirs' };
  const judged = judge({ name: 'a', figures: [figure] }, runs, titles);

  expect(judged).toMatchObject([
    { title: 'A', against: 'theirs', ratio: 4, isMet: true },
    { title: 'A, beside Celery', against: 'Celery', ratio: 20, isMet: false },
  ]);
  expect(judged[0].compared.map(({ who }) => who)).toEqual(['ours', 'theirs']);
});
