import { expect, test } from 'vitest';
import { type Span, spanToMs } from './span.ts';

test.each<[Span, number]>([
  ['2h', 7_200_000],
  ['1h 30m', 5_400_000],
  ['1d2h3m4s5ms', 93_784_005],
  ['0.5s', 500],
  [90, 90_000],
  [{ hours: 2, minutes: 1 }, 7_260_000],
  [0, 0],
])('%j moves a clock on by %i ms', (span, ms) => {
  expect(spanToMs(span)).toBe(ms);
});

test.each<[Span]>([[''], ['2 weeks'], ['h'], ['2h later'], [-1], [Number.NaN], [{ hours: -1 }]])(
  '%j moves no clock on',
  (span) => {
    expect(() => spanToMs(span)).toThrow(/^a clock moves on by seconds/);
  },
);
