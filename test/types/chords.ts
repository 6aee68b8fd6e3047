import {
  type AnySignature,
  type AsyncResult,
  chain,
  chord,
  chunks,
  type GroupResult,
  type GroupSignature,
  group,
  type Signature,
  xmap,
  xstarmap,
} from '../../src/index.ts';
import { type Equal, type Expect, holds, type IsAny, type Refuse } from './assert.ts';
import { add, app, greet, length, nothing, upper } from './tasks.ts';

const total = app.task({ name: 'types.total' }, (numbers: readonly number[]) => {
  return numbers.reduce((all, each) => all + each, 0);
});
const pair = app.task({ name: 'types.pair' }, (both: [number, string]) => both[1]);
const nested = app.task({ name: 'types.nested' }, (all: [number[], string]) => all[1]);
const note = app.task({ name: 'types.note' }, (id: string) => id);

/** The body of a chord takes the tuple of what its header comes to. */
export async function chords(): Promise<void> {
  const numbers = chord([add.s(1, 2), add.s(3, 4)], total.s());
  const mixed = chord([add.s(1, 2), upper.s('a')], pair.s());
  const many = chord(
    [1, 2, 3].map((each) => add.si(each, each)),
    total.s(),
  );
  const lazy = chord(addings(), total.s());
  const ofGroup = chord(group([add.s(1), upper.si('a')]), pair.s());
  const open = chord([add.s(1), add.s(2)], total.s());
  const inChain = chain(length.s('abc'), open, add.s(1));
  const toGroup = chord([add.s(1, 2), add.s(3, 4)], group([total.s(), total.s()]));
  const toChain = chord([add.s(1, 2)], chain(total.s(), add.s(1)));
  const toChord = chord([add.s(1, 2)], chord([total.s(), total.s()], total.s()));
  const empty = chord([], total.s());
  const one = chord(add.s(1, 2), total.s());
  const ignoring = chord([upper.s('a'), nothing.s()], add.si(1, 2));
  holds<
    [
      Expect<Equal<typeof numbers, Signature<[], number>>>,
      Expect<Equal<typeof mixed, Signature<[], string>>>,
      Expect<Equal<typeof many, Signature<'immutable', number>>>,
      Expect<Equal<typeof lazy, Signature<'immutable', number>>>,
      Expect<Equal<typeof ofGroup, Signature<[a: number], string>>>,
      Expect<Equal<typeof open, Signature<[a: number], number>>>,
      Expect<Equal<typeof inChain, Signature<[], number>>>,
      Expect<Equal<typeof toGroup, GroupSignature<[], [number, number], [number, number], 'end'>>>,
      Expect<Equal<typeof toChain, Signature<[], number>>>,
      Expect<Equal<typeof toChord, Signature<[], number>>>,
      Expect<Equal<typeof empty, Signature<'immutable', number>>>,
      Expect<Equal<typeof one, Signature<[], number>>>,
      Expect<Equal<typeof ignoring, Signature<[], number>>>,
    ]
  >();
  const result = await numbers.applyAsync({ queue: 'q', countdown: 3 });
  holds<Expect<Equal<typeof result, AsyncResult<number>>>>();
  const values = await (await toGroup.delay()).get();
  holds<[Expect<Equal<typeof values, [number, number]>>, Refuse<IsAny<(typeof values)[0]>>]>();
  await open.delay(1);
  chord([add.s(1, 2)], total.s(), { interval: 2, maxRetries: 3, countdown: 5, queue: 'q' });

  // @ts-expect-error a list of numbers is no number
  chord([add.s(1, 2), add.s(3, 4)], add.s(1));
  // @ts-expect-error the second is no text
  chord([add.s(1, 2), add.s(3, 4)], pair.s());
  // @ts-expect-error a text is no number
  chord([add.s(1, 2), upper.s('a')], total.s());
  // @ts-expect-error the body has all its arguments already
  chord([add.s(1, 2)], total.s([1]));
  // @ts-expect-error the header takes a number first
  await open.delay('1');
  // @ts-expect-error no such option
  chord([add.s(1, 2)], total.s(), { maxTries: 3 });
  // @ts-expect-error a link is of the body
  chord([add.s(1, 2)], total.s(), { link: add.s(1) });
}

/** A header may wait for its body. */
export function openChords(): void {
  const gather = chord([add.s(1, 2), add.s(3, 4)]);
  const summed = gather(total.s(), { queue: 'q' });
  holds<Expect<Equal<typeof summed, Signature<[], number>>>>();

  // @ts-expect-error a list is no text
  gather(length.s());
}

/** A group that a step follows becomes a chord. */
export async function upgrades(): Promise<void> {
  const upgraded = chain(group([add.s(1, 2), upper.s('a')]), pair.s(), length.s());
  const inside = chain([add.s(1, 2), group([add.s(3), add.s(4)]), total.s(), add.s(1)]);
  const toGroup = chain(
    group([add.s(1, 2), add.s(3, 4)]),
    group([total.s(), total.s()]),
    total.s(),
  );
  const many = chain(group([1, 2].map((each) => add.si(each, 1))), total.s());
  const single = chain(group([add.s(1, 2)]), add.s(1));
  const ends = chain(
    group([chain(add.s(1, 2), group([add.s(3), add.s(4)])), upper.s('a')]),
    nested.s(),
  );
  holds<
    [
      Expect<Equal<typeof upgraded, Signature<[], number>>>,
      Expect<Equal<typeof inside, Signature<[], number>>>,
      Expect<Equal<typeof toGroup, Signature<[], number>>>,
      Expect<Equal<typeof many, Signature<'immutable', number>>>,
      Expect<Equal<typeof single, Signature<[], number>>>,
      Expect<Equal<typeof ends, Signature<[], string>>>,
    ]
  >();

  // @ts-expect-error a list of numbers is no number
  chain(group([add.s(1, 2), add.s(3, 4)]), add.s(1));
  // @ts-expect-error it is the step behind the chord that does not fit
  chain(group([add.s(1, 2), add.s(3, 4)]), total.s(), length.s());
  // @ts-expect-error one of the group behind takes no list
  chain(group([add.s(1, 2), add.s(3, 4)]), group([total.s(), add.s(1)]));
  // @ts-expect-error what a member's group comes to is a list in the list
  chain(group([chain(add.s(1, 2), group([add.s(3), add.s(4)])), upper.s('a')]), pair.s());
}

/** `pipe` is a chain of two, and a chord behind a group. */
export async function pipes(): Promise<void> {
  const piped = add
    .s(1)
    .pipe(add.s(2))
    .pipe(group([add.s(3), greet.si('a')]));
  const gathered = group([add.s(1, 2), add.s(3, 4)])
    .pipe(total.s())
    .pipe(add.s(1));
  const ofOne = group([add.s(1, 2)]).pipe(total.s());
  const both = piped.pipe(pair.s());
  holds<
    [
      Expect<
        Equal<typeof piped, GroupSignature<[a: number], [number, string], [number, string], 'end'>>
      >,
      Expect<Equal<typeof gathered, Signature<[], number>>>,
      Expect<Equal<typeof ofOne, Signature<[], number>>>,
      Expect<Equal<typeof both, Signature<[a: number], string>>>,
    ]
  >();
  const result = await gathered.delay();
  holds<Expect<Equal<typeof result, AsyncResult<number>>>>();

  // @ts-expect-error a number is no text
  add.s(1, 2).pipe(length.s());
  // @ts-expect-error a list is no number, not of one either
  group([add.s(1, 2)]).pipe(add.s(1));
}

/** Iterables give groups of unknown length. */
export function iterables(): void {
  const generated = group(addings());
  const ofSet = group(new Set([add.s(1), add.s(2)]));
  holds<
    [
      Expect<Equal<typeof generated, GroupSignature<'immutable', number[]>>>,
      Expect<Equal<typeof ofSet, GroupSignature<[a: number], number[]>>>,
    ]
  >();

  // @ts-expect-error a map's items are pairs
  group(new Map([['a', add.s(1)]]));
}

/** What is called for each of many items. */
export async function maps(): Promise<void> {
  const mapped = length.map(['a', 'bc']);
  const spread = add.starmap([
    [1, 2],
    [3, 4],
  ]);
  const parts = add.chunks(
    [[1, 2] as const, [3, 4] as const].map(([a, b]) => [a, b]),
    1,
  );
  const remote = xmap(app.signature<number>('py.square'), [1, 2]);
  const same = [
    xmap(length, ['a']),
    xstarmap(greet, [['a'], ['b', 'hi']]),
    chunks(add, [[1, 2]], 2),
  ] as const;
  const summed = chain(
    parts,
    app.task({ name: 'types.flat' }, (all: number[][]) => all.flat()).s(),
    total.s(),
  );
  holds<
    [
      Expect<Equal<typeof mapped, Signature<'immutable', number[]>>>,
      Expect<Equal<typeof spread, Signature<'immutable', number[]>>>,
      Expect<Equal<typeof parts, GroupSignature<'immutable', number[][]>>>,
      Expect<Equal<typeof remote, Signature<'immutable', number[]>>>,
      Expect<Equal<(typeof same)[0], Signature<'immutable', number[]>>>,
      Expect<Equal<(typeof same)[1], Signature<'immutable', string[]>>>,
      Expect<Equal<(typeof same)[2], GroupSignature<'immutable', number[][]>>>,
      Expect<Equal<typeof summed, Signature<'immutable', number>>>,
    ]
  >();
  const result = await parts.delay();
  holds<Expect<Equal<typeof result, GroupResult<number[][]>>>>();
  chain(length.map(['a']), total.s());

  // @ts-expect-error a number is no text
  length.map([1]);
  // @ts-expect-error it takes two arguments
  add.map([1]);
  // @ts-expect-error one is missing
  add.starmap([[1]]);
  // @ts-expect-error how many in each is not said
  add.chunks([[1, 2]]);
  // @ts-expect-error a text is no number
  xstarmap(add, [[1, 'a']]);
}

/** Copies know what is left, as long as it is given by position. */
export async function copies(): Promise<void> {
  const cloned = add.s().clone({ args: [2], queue: 'q' });
  const whole = cloned.clone({ args: [1] });
  const same = add.s(1).clone();
  const named = add.s().clone({ kwargs: { a: 1 } });
  const other = add.s(1, 2).replace({ args: [3], options: { queue: 'q' } });
  const fixed = add.s(1, 2).setImmutable();
  const free = add.si(1, 2).setImmutable(false);
  const pairOf = group([add.s(1), add.s(2)]).clone({ args: [3] });
  holds<
    [
      Expect<Equal<typeof cloned, Signature<[a: number], number>>>,
      Expect<Equal<typeof whole, Signature<[], number>>>,
      Expect<Equal<typeof same, Signature<[a: number], number>>>,
      Expect<Equal<typeof named, Signature<unknown[], number>>>,
      Expect<Equal<typeof other, Signature<unknown[], number>>>,
      Expect<Equal<typeof fixed, Signature<'immutable', number>>>,
      Expect<Equal<typeof free, Signature<unknown[], number>>>,
      Expect<Equal<typeof pairOf, GroupSignature<[], [number, number]>>>,
    ]
  >();
  const { signature, result } = add.s(1, 2).freeze();
  holds<
    [
      Expect<Equal<typeof signature, Signature<[], number>>>,
      Expect<Equal<typeof result, AsyncResult<number>>>,
    ]
  >();
  const frozen = group([add.s(1, 2), upper.s('a')]).freeze();
  holds<Expect<Equal<typeof frozen.result, GroupResult<[number, string]>>>>();

  // @ts-expect-error a text is no number
  add.s(1).clone({ args: ['2'] });
  // @ts-expect-error one too many
  add.s(1).clone({ args: [2, 3] });
  // @ts-expect-error `a` is left, and would never be given
  add.s(1).setImmutable();
}

/** Links fit what they are given. */
export async function links(): Promise<void> {
  const linked = add
    .s(1, 2)
    .link(add.s(3))
    .link(upper.si('x'))
    .linkError(note.s())
    .onError(note.si('x'));
  const members = group([add.s(1, 2), add.s(3, 4)])
    .link(note.si('x'))
    .linkError(note.s());
  const ofChord = chord([add.s(1, 2)], total.s())
    .link(add.s(1))
    .onError(note.s());
  holds<
    [
      Expect<Equal<typeof linked, Signature<[], number>>>,
      Expect<Equal<typeof members, GroupSignature<[], [number, number]>>>,
      Expect<Equal<typeof ofChord, Signature<[], number>>>,
    ]
  >();

  // @ts-expect-error a number is no text
  add.s(1, 2).link(upper.s());
  // @ts-expect-error an id is no number
  add.s(1, 2).linkError(add.s(1));
  // @ts-expect-error a group's link gets nothing
  group([add.s(1, 2)]).link(add.s(1));
  // @ts-expect-error a group has no end to link to
  await group([add.s(1, 2)]).applyAsync({ link: note.si('x') });
  // @ts-expect-error nor an error of its own
  group([add.s(1, 2)]).set({ linkError: note.s() });
}

/** Stamps and visitors. */
export function stamps(): void {
  const stamped = chain(add.s(1, 2), add.s(3)).stamp({ tenant: 'acme' }, { append: true });
  const visited = group([add.s(1, 2)]).stamp({
    onSignature: (signature, known) => ({ task: signature.task, ...known }),
    onGroupStart: () => undefined,
  });
  const both = add.s(1, 2).stamp({ onSignature: () => null }, { tenant: 'acme' }, { append: true });
  holds<
    [
      Expect<Equal<typeof stamped, Signature<[], number>>>,
      Expect<Equal<typeof visited, GroupSignature<[], [number]>>>,
      Expect<Equal<typeof both, Signature<[], number>>>,
    ]
  >();

  // @ts-expect-error stamps have names
  add.s(1, 2).stamp('acme');
}

/** Of what is read, nothing is known. */
export async function read(): Promise<void> {
  const json: object = JSON.parse('{}');
  const signature = app.signature(json);
  holds<[Expect<Equal<typeof signature, AnySignature>>, Refuse<IsAny<typeof signature>>]>();
  const result = await signature.delay(1, 'a');
  const value: unknown = await result.get();
  void value;

  // @ts-expect-error nobody knows what it returns
  chain(app.signature(json), add.s(1));
}

function* addings() {
  yield add.si(1, 2);
  yield add.si(3, 4);
}
