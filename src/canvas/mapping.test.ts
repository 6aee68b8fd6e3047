import { describe, expect, test } from 'vitest';
import { signatures } from '../../test/support/signatures.ts';
import { ConfigError } from '../errors.ts';
import { chain, group } from './compose.ts';
import { chunks, xmap, xstarmap } from './mapping.ts';

const { add, mul, make } = signatures();
const sum = make('tasks.xsum', []);

describe('chunks', () => {
  test('are a group of starmaps, the last one with what is left', () => {
    const parts = chunks(
      add(),
      [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
      2,
    );

    expect(parts.data.kwargs['tasks']).toEqual([
      xstarmap(add(), [
        [1, 1],
        [2, 2],
      ]).data,
      xstarmap(add(), [[3, 3]]).data,
    ]);
  });

  test('of nothing are an empty group', () => {
    expect(chunks(add(), [], 2).data).toEqual(group([]).data);
  });

  test.each([0, 1.5, Number.NaN, -1])('of %s are refused', (size) => {
    expect(() => chunks(add(), [[1, 1]], size)).toThrow("'size' must be a whole number from 1");
  });

  test('become a chord with a step behind them', () => {
    const summed = chain(
      chunks(
        add(),
        [
          [1, 1],
          [2, 2],
        ],
        1,
      ),
      sum,
    );

    expect(summed.data.task).toBe('celery.chord');
  });
});

describe('xmap and xstarmap', () => {
  test('read a generator once, at once', () => {
    function* numbers() {
      yield 1;
      yield 2;
    }

    const mapped = xmap(add(), numbers());

    expect(mapped.data.kwargs['it']).toEqual([1, 2]);
  });

  test.each([
    ['arguments', add(1)],
    ['keywords', make('tasks.add', [], { kwargs: { a: 1 } })],
    ['options', add().set({ queue: 'q' })],
    ['steps', chain(add(), mul(2))],
  ])('refuse a signature with %s of its own: they would be lost', (_, signature) => {
    expect(() => xmap(signature, [1])).toThrow(ConfigError);
  });

  test('refuse items that are no lists, and what is no task', () => {
    const build = xstarmap as unknown as (task: unknown, items: Iterable<unknown>) => unknown;

    expect(() => build(add(), [1])).toThrow('each item must be a list of arguments, got number');
    expect(() => build({}, [])).toThrow('a task is needed, or a signature of one, got object');
  });
});
