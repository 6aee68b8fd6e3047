import { describe, expect, test } from 'vitest';
import { Recorder, signatures } from '../../test/support/signatures.ts';
import { ConfigError } from '../errors.ts';
import type { SignatureData } from '../protocol/index.ts';
import { chord } from './chord.ts';
import { chain, group } from './compose.ts';

const { add, mul, make } = signatures();
const note = (...args: unknown[]) => make('tasks.note', args);
const sum = make('tasks.xsum', []);

describe('link', () => {
  test('appends, unless an equal one is there, and changes nothing', () => {
    const plain = add(1, 2);

    const linked = plain.link(mul(3)).link(mul(4)).link(mul(3));

    expect(linked.data.options).toEqual({ link: [mul(3).data, mul(4).data] });
    expect(plain.data.options).toEqual({});
  });

  test('of a chain stands in its options, which are those of its last step when it is sent', () => {
    const linked = chain(add(1, 2), mul(3)).link(mul(4));

    expect(linked.data.options).toEqual({ link: [mul(4).data] });
    expect(tasksIn(linked.data).map((each) => each.options)).toEqual([{}, {}]);
  });

  test('of a chord is its body’s', () => {
    const linked = chord([add(1, 2)], sum).link(mul(4));

    expect(linked.data.options).toEqual({});
    expect(bodyIn(linked.data).options).toEqual({ link: [mul(4).data] });
  });

  test('of a group is its first member’s, and takes nothing', () => {
    const linked = group([add(1, 2), add(3, 4)]).link(note('done').setImmutable(false));

    const [first, second] = tasksIn(linked.data);
    expect(first?.options).toEqual({ link: [{ ...note('done').data, immutable: true }] });
    expect(second?.options).toEqual({});
  });

  test('of what ends in a group goes to that group’s first member', () => {
    const silent = { link: [{ ...note('done').data, immutable: true }] };

    const ofChain = chain(add(1, 2), group([add(3), add(4)])).link(note('done'));
    const ofChord = chord([add(1, 2)], group([sum, sum])).link(note('done'));

    const [, end] = tasksIn(ofChain.data);
    expect(tasksIn(end)[0]?.options).toEqual(silent);
    expect(tasksIn(bodyIn(ofChord.data))[0]?.options).toEqual(silent);
  });

  test('of an empty group is refused', () => {
    expect(() => group([]).link(note('done'))).toThrow(ConfigError);
  });

  test('takes signatures only', () => {
    const link = add(1, 2).link.bind(add(1, 2)) as (callback: unknown) => unknown;

    expect(() => link({ task: 'tasks.note' })).toThrow('a step must be a signature');
  });
});

describe('linkError and onError', () => {
  test('append, unless an equal one is there', () => {
    const linked = add(1, 2).linkError(note()).onError(mul(4)).onError(note());

    expect(linked.data.options).toEqual({ link_error: [note().data, mul(4).data] });
  });

  test('of a chain stand in its options, which reach each step when it is sent', () => {
    const linked = chain(add(1, 2), mul(3)).onError(note());

    expect(linked.data.options).toEqual({ link_error: [note().data] });
  });

  test('of a group are each member’s, and take the failed task’s id', () => {
    const linked = group([add(1, 2), chain(add(1, 2), mul(3))]).onError(note());

    const options = tasksIn(linked.data).map((each) => each.options);
    expect(options).toEqual([{ link_error: [note().data] }, { link_error: [note().data] }]);
  });

  test('of a chord are its body’s, and those of chords in its header', () => {
    const linked = chord([add(1, 2), chord([mul(3, 4)], sum)], sum).onError(note());

    const [first, inner] = tasksIn(linked.data);
    expect(first?.options).toEqual({});
    expect(bodyIn(inner).options).toEqual({ link_error: [note().data] });
    expect(bodyIn(linked.data).options).toEqual({ link_error: [note().data] });
  });

  test('of a chord are its header’s too with taskAllowErrorCbOnChordHeader', () => {
    const sender = new Recorder();
    sender.settings.taskAllowErrorCbOnChordHeader = true;
    const own = signatures(sender);

    const linked = chord([own.add(1, 2), own.mul(3, 4)], own.add()).onError(own.make('e', []));

    const errback = own.make('e', []).data;
    const all = [...tasksIn(linked.data), bodyIn(linked.data)].map((each) => each.options);
    expect(all).toEqual(Array(3).fill({ link_error: [errback] }));
  });

  test('of a chain go on to the headers of chords in it, by the same setting, where it is joined', () => {
    const sender = new Recorder();
    sender.settings.taskAllowErrorCbOnChordHeader = true;
    const own = signatures(sender);
    const linked = chain(own.add(1, 2), chord([own.add()], own.add())).onError(own.make('e', []));

    const ending = group([own.mul(2), own.mul(3)]);

    for (const joint of [chain([linked, own.mul(2)]), linked.pipe(ending)]) {
      const [, inner] = tasksIn(joint.data);
      expect(tasksIn(inner)[0]?.options).toEqual({ link_error: [own.make('e', []).data] });
    }
  });

  test('of what is no chord are linked and joined without a look at the settings', () => {
    const sender = Object.defineProperty(new Recorder(), 'settings', {
      get: () => {
        throw new Error('read too early');
      },
    });
    const own = signatures(sender);

    const linked = chain([own.add(1, 2).onError(note()), own.add(1)]).onError(note());

    expect(linked.pipe(own.mul(2)).pipe(own.mul(3)).data.options).toEqual({});
  });
});

describe('setImmutable', () => {
  test('is of a task or a chain itself, of a group’s members, and of a chord’s header alone', () => {
    const chained = chain(add(1, 2), mul(3)).setImmutable();
    const grouped = group([add(1, 2), add(3, 4)]).setImmutable();
    const gathered = chord([add(1, 2)], sum).setImmutable();

    expect(add(1, 2).setImmutable().data.immutable).toBe(true);
    expect(add(1, 2).setImmutable().setImmutable(false).data.immutable).toBe(false);
    expect(chained.data.immutable).toBe(true);
    expect(tasksIn(grouped.data).map((each) => each.immutable)).toEqual([true, true]);
    expect(tasksIn(gathered.data).map((each) => each.immutable)).toEqual([true]);
    expect(bodyIn(gathered.data).immutable).toBe(false);
  });
});

test('flattenLinks lists a signature, its links, and theirs', () => {
  const deep = add(1, 2)
    .link(mul(3).link(mul(4)))
    .link(mul(5))
    .onError(note());

  const flat = deep.flattenLinks().map(({ task, args }) => [task, ...args]);

  expect(flat).toEqual([
    ['tasks.add', 1, 2],
    ['tasks.mul', 3],
    ['tasks.mul', 4],
    ['tasks.mul', 5],
  ]);
});

function tasksIn(signature: SignatureData | undefined): readonly SignatureData[] {
  const { tasks, header } = signature?.kwargs ?? {};
  return (tasks ?? header) as readonly SignatureData[];
}

function bodyIn(signature: SignatureData | undefined): SignatureData {
  return signature?.kwargs['body'] as SignatureData;
}
