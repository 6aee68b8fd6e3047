import { describe, expect, test } from 'vitest';
import { Recorder, signatures } from '../../test/support/signatures.ts';
import { chord } from './chord.ts';
import { chain, group } from './compose.ts';

const { add, mul, make } = signatures();
const sum = make('tasks.xsum', []);

describe('a chord', () => {
  const { kwargs: expected } = chord([add(1), mul(2)], sum).data;

  test.each([
    ['a generator', [add(1), mul(2)].values()],
    ['a Set', new Set([add(1), mul(2)])],
    ['a group', group([add(1), mul(2)])],
  ])('takes %s for its header', (_, header) => {
    expect(chord(header, sum).data.kwargs).toEqual(expected);
  });

  test('hands the options of a group to its members', () => {
    const { header } = chord(group([add(1)]).set({ queue: 'q' }), sum).data.kwargs;

    expect(header).toEqual([add(1).set({ queue: 'q' }).data]);
  });

  test('takes a task or a chain as a header of one', () => {
    const steps = chain(add(1, 2), mul(3));

    expect(chord(steps, sum).data.kwargs['header']).toEqual([steps.data]);
    expect(chord(add(1, 2), sum).data.kwargs['header']).toEqual([add(1, 2).data]);
  });

  test('may get its body later', () => {
    const gather = chord([add(1), mul(2)]);

    expect(gather(sum, { queue: 'q' }).data).toEqual(
      chord([add(1), mul(2)], sum, { queue: 'q' }).data,
    );
  });

  test('writes its options as Celery does', () => {
    const options = { interval: { minutes: 1 }, maxRetries: 3, countdown: 5, queue: 'q' } as const;

    const made = chord([add(1, 2)], sum, options);

    expect(made.data.options).toEqual({ interval: 60, max_retries: 3, countdown: 5, queue: 'q' });
    expect(() => chord([add(1, 2)], sum, { interval: 0 })).toThrow(
      "'interval' must be more than 0",
    );
    expect(() => chord([add(1, 2)], sum, { maxRetries: -1 })).toThrow("'maxRetries' must be");
  });

  test('has a group of one for its body as its member', () => {
    expect(chord([add(1, 2)], group([sum])).data.kwargs['body']).toEqual(sum.data);
  });

  test('of nothing is sent by the app of its body', async () => {
    const sender = new Recorder();

    await chord([], signatures(sender).add()).delay();

    expect(sender.calls).toHaveLength(1);
  });

  test('refuses what cannot be iterated over', () => {
    const build = chord as unknown as (header: unknown) => unknown;

    expect(() => build(7)).toThrow('chord() takes an array');
    expect(() => build([add])).toThrow('a step must be a signature');
  });
});
