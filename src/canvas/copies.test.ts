import { describe, expect, test } from 'vitest';
import { Recorder, signatures } from '../../test/support/signatures.ts';
import { ConfigError } from '../errors.ts';
import { chord } from './chord.ts';
import { chain, group } from './compose.ts';
import { flatMembers } from './freeze.ts';
import { sendAll } from './send-many.ts';

const { add, mul, make } = signatures();

describe('clone', () => {
  test('puts arguments before, and keywords and options over those there are', () => {
    const plain = make('tasks.add', [2], { kwargs: { c: 3, d: 4 }, options: { queue: 'a' } });

    const copy = plain.clone({ args: [1], kwargs: { d: 5 }, queue: 'b', priority: 3 });

    expect(copy.data).toMatchObject({
      args: [1, 2],
      kwargs: { c: 3, d: 5 },
      options: { queue: 'b', priority: 3 },
    });
    expect(plain.data).toMatchObject({
      args: [2],
      kwargs: { c: 3, d: 4 },
      options: { queue: 'a' },
    });
  });

  test('of an immutable signature takes options only', () => {
    const copy = add(1, 2)
      .setImmutable()
      .clone({ kwargs: { c: 3 }, queue: 'b' });

    expect(copy.data).toMatchObject({ args: [1, 2], kwargs: {}, options: { queue: 'b' } });
  });

  test('keeps group and stamps of the signature, whatever is put over them', () => {
    const own = { group_id: 'g', stamped_headers: ['tenant'], tenant: 'acme' };
    const stamped = make('tasks.add', [], { options: own }).stamp({ tenant: 'other' });

    const sent = make('tasks.add', [], { options: own }).clone({ queue: 'q' });

    expect(sent.data.options).toEqual({ ...own, queue: 'q' });
    expect(stamped.data.options).toEqual({ ...own, tenant: 'other' });
  });

  test('of a chain puts arguments before those of its first step when it is sent', () => {
    const copy = chain(add(2), mul(3)).clone({ args: [1] });

    expect(copy.data.args).toEqual([1]);
  });

  test('keeps its arguments when it becomes a part of something else', () => {
    const steps = chain(add(2), mul(3)).clone({ args: [1] });
    const pair = group([add(2), add(3)]).clone({ args: [1] });
    const one = group([add(2)]).clone({ args: [1] });
    const argsIn = (list: unknown) => (list as { args: unknown[] }[]).map((each) => each.args);
    const header = [
      [1, 2],
      [1, 3],
    ];

    expect(argsIn(chain(steps, mul(4)).data.kwargs['tasks'])).toEqual([[1, 2], [3], [4]]);
    expect(argsIn(chain(pair, mul(4)).data.kwargs['header'])).toEqual(header);
    expect(argsIn(chord(pair, mul(4)).data.kwargs['header'])).toEqual(header);
    expect(argsIn(flatMembers(group([pair, mul(4)]).data))).toEqual([...header, [4]]);
    expect(argsIn(chain(mul(4), one).data.kwargs['tasks'])).toEqual([[4], [1, 2]]);
  });

  test('refuses keywords for what is made of several tasks', () => {
    expect(() => chain(add(1, 2), mul(3)).clone({ kwargs: { a: 1 } })).toThrow(ConfigError);
  });
});

describe('replace', () => {
  test('puts whole parts in place of those there are', () => {
    const plain = make('tasks.add', [2], { kwargs: { c: 3 }, options: { queue: 'a' } });

    expect(plain.replace({ args: [1] }).data).toEqual({ ...plain.data, args: [1] });
    expect(plain.replace({ kwargs: { d: 4 } }).data).toEqual({ ...plain.data, kwargs: { d: 4 } });
    expect(plain.replace({ options: { priority: 3 } }).data).toEqual({
      ...plain.data,
      options: { priority: 3 },
    });
  });

  test('refuses keywords for what is made of several tasks, even none, which would empty it', () => {
    expect(() => chain(add(1, 2), mul(3)).replace({ kwargs: {} })).toThrow(ConfigError);
  });
});

describe('chain', () => {
  test('may begin with an empty group, if a step has an app to send it', () => {
    const steps = chain(group([]), mul(3));

    expect(steps.data.kwargs).toMatchObject({ header: [], body: mul(3).data });
    expect(steps.sender).toBeInstanceOf(Recorder);
  });
});

describe('freeze', () => {
  test('gives ids and a handle, and leaves the signature as it was', () => {
    const plain = add(1, 2);

    const { signature, result } = plain.freeze();

    expect(signature.id).toBe('frozen');
    expect(result.id).toBe('frozen');
    expect(plain.id).toBeUndefined();
  });

  test('keeps the id that was said', () => {
    expect(add(1, 2).set({ taskId: 'mine' }).id).toBe('mine');
  });

  test('of an empty group is its result, which is there', async () => {
    const { signature, result } = group([]).freeze();

    expect(signature.data.kwargs).toEqual({ tasks: [] });
    await expect(result.get()).resolves.toEqual([]);
  });
});

describe('options of a group', () => {
  test.each([
    ['link', 'a group has no end to link to'],
    ['linkError', 'a group has no error of its own'],
  ])('refuse %s, as in Celery', async (name, message) => {
    const options = { [name]: mul(3) } as object;
    const members = group([add(1, 2)]);

    await expect(members.applyAsync(options)).rejects.toThrow(message);
    await expect(members.apply(options)).rejects.toThrow(message);
    expect(() => members.set(options)).toThrow(message);
    expect(() => members.clone(options)).toThrow(message);
  });

  test('refuse linkError for groups that are sent with others', async () => {
    const send = () => Promise.reject(new Error('sent'));
    const sending = sendAll([group([add(1, 2)])], { linkError: add(3) as never }, send);

    await expect(sending).rejects.toThrow('a group has no error of its own');
  });

  test('count for an empty one, too', async () => {
    expect((await group([]).applyAsync({ taskId: 'own' })).id).toBe('own');
    await expect(group([]).applyAsync({ qeue: 'q' } as object)).rejects.toThrow(ConfigError);
    await expect(group([]).apply({ qeue: 'q' } as object)).rejects.toThrow(ConfigError);
  });

  test('reach the sender with the arguments of the call', async () => {
    const sender = new Recorder();
    const own = signatures(sender);

    await group([own.add(1), own.add(2)]).applyAsync({ args: [0], queue: 'q', deadline: 3 });

    expect(sender.calls[0]?.slice(1)).toEqual([
      { args: [0], kwargs: {}, options: { queue: 'q' } },
      { deadline: 3, signal: undefined },
    ]);
  });
});

describe('skew', () => {
  const countdowns = (members: { readonly data: { readonly kwargs: object } }) => {
    const { tasks } = members.data.kwargs as { tasks: { options: { countdown: number } }[] };
    return tasks.map((each) => each.options.countdown);
  };
  const four = group([1, 2, 3, 4].map((each) => add(each)));

  test('lets members start one after the other', () => {
    expect(countdowns(four.skew())).toEqual([1, 2, 3, 4]);
    expect(countdowns(four.skew({ start: 0, step: { milliseconds: 500 } }))).toEqual([
      0, 0.5, 1, 1.5,
    ]);
  });

  test('goes no further than its stop', () => {
    expect(countdowns(four.skew({ start: 1, stop: 2.5 }))).toEqual([1, 2, 2, 2]);
  });

  test('is of groups', () => {
    expect(() => chain(add(1), group([add(2), add(3)])).skew()).toThrow('skew() is of groups');
  });
});
