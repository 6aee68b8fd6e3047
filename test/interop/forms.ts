import {
  add,
  all,
  deep,
  join,
  linked,
  type Mapping,
  type Shape,
  type Step,
  same,
  seq,
  step,
} from './shapes.ts';

/** What a shape comes to, whoever sends it and whoever runs its tasks. */
export interface Form {
  readonly name: string;
  readonly shape: Shape;
  readonly value: unknown;
  readonly notes?: string;
  /** Why Python's workers alone may not bring it to its end. */
  readonly stuck?: string;
  /** Its name among those in which every task is made to fail. */
  readonly fails?: string;
  /** Where a task of it fails, in the order of tasks, so that Celery 5.2's worker leaves others PENDING for ever. */
  readonly forgotten?: readonly number[] | 'any';
}

const two = [add(1, 1), add(2, 2)];
const fixed = { ...add(3, 4), immutable: true };
/** Its members are sent by a worker, and counted anew if that is Python's: the trap of `.s`. */
const toGroup = seq(add(1, 1), all(add(10), add(20)));

export const headers: readonly Form[] = [
  { name: 'of tasks', fails: 'chord', shape: join(two, deep), value: 6 },
  { name: 'of one task', shape: join([add(1, 1)], deep), value: 2 },
  { name: 'of a group', shape: join([all(...two)], deep), value: 6 },
  {
    name: 'of chains',
    fails: 'chord of chains',
    shape: join([seq(...two.slice(1), add(3)), seq(add(1, 1), add(5))], same),
    value: [7, 7],
  },
  {
    name: 'of chords',
    fails: 'chord of chords',
    forgotten: [0, 1, 3, 4],
    shape: join([join(two, deep), join(two, deep)], same),
    value: [6, 6],
  },
  { name: 'of a chord and a task', shape: join([join(two, deep), add(1, 1)], same), value: [6, 2] },
  { name: 'of a group among tasks', shape: join([add(1, 1), all(...two)], deep), value: 8 },
  {
    name: 'of a chain to a group',
    fails: 'chord of a chain to a group',
    stuck:
      "a Python worker that sends the group overwrites the chord's size with that of the group, believes the header to be complete too early, and waits within itself for parts that it has yet to run",
    shape: join([toGroup, add(1, 1)], deep),
    value: 36,
  },
];

export const bodies: readonly Form[] = [
  {
    name: 'a chain',
    fails: 'chord with a chain as its body',
    forgotten: [0, 1],
    shape: join(two, seq(deep, add(10), add(100))),
    value: 116,
  },
  {
    name: 'a group',
    fails: 'chord with a group as its body',
    forgotten: [0, 1],
    shape: join(two, all(deep, step('deep', 10))),
    value: [6, 16],
  },
  {
    name: 'a chord',
    fails: 'chord with a chord as its body',
    forgotten: [0, 1],
    shape: join(two, join([deep, step('deep', 10)], deep)),
    value: 22,
  },
  { name: 'immutable', shape: join(two, fixed), value: 7 },
];

export const mixed: readonly Form[] = [
  {
    name: 'chain through a group, with steps after it',
    fails: 'chain through a group',
    forgotten: [0, 1, 2],
    shape: seq(add(1, 1), all(add(10), add(20)), deep, add(100)),
    value: 134,
  },
  {
    name: 'chain through two groups',
    fails: 'chain through two groups',
    forgotten: [0, 1, 2],
    shape: seq(add(1, 1), all(add(10), add(20)), all(deep, step('deep', 1)), deep),
    value: 69,
  },
  {
    name: 'chord in a chain, with steps before and after it',
    fails: 'chord in a chain',
    forgotten: [0, 1, 2],
    shape: seq(add(1, 1), join([add(10), add(20)], deep), add(100), add(1000)),
    value: 1134,
  },
  { name: 'group followed by a task', shape: seq(all(...two), deep), value: 6 },
  { name: 'group of one in a chain', shape: seq(add(1, 1), all(add(10)), add(100)), value: 112 },
  {
    name: 'chain of immutable steps',
    fails: 'chain',
    shape: seq(add(1, 1), fixed, add(10)),
    value: 17,
  },
  {
    name: 'group of chords',
    fails: 'group of chords',
    shape: all(join(two, deep), join(two, deep)),
    value: [6, 6],
  },
  {
    name: 'four levels: a chord in a chain in a group in a chord',
    fails: 'a chord in a chain in a group in a chord',
    forgotten: [0, 1, 2],
    shape: join([all(seq(add(1, 1), join([add(1), add(2)], deep)), add(1, 1)), add(5, 5)], deep),
    value: 19,
  },
  {
    name: 'four levels: a chord in a chord in a chord in a chord',
    fails: 'a chord in a chord in a chord in a chord',
    forgotten: [0, 1, 2, 3, 4, 5, 6, 7],
    shape: join([join([join([join(two, deep), ...two], deep), ...two], deep), ...two], deep),
    value: 24,
  },
  {
    name: 'four levels: a chain in a group in a chord in a chain',
    fails: 'a chain in a group in a chord in a chain',
    forgotten: [0, 1, 2, 3, 4],
    shape: seq(add(1, 1), join([all(seq(add(1), add(2)), add(3)), add(4)], deep), add(100)),
    value: 116,
  },
  {
    name: 'four levels: a group in a chain in a chord in a chain',
    fails: 'a group in a chain in a chord in a chain',
    forgotten: [0, 1, 2, 3, 4],
    shape: seq(add(1, 1), join([seq(add(1), all(add(10), add(20))), add(5)], deep), add(100)),
    value: 143,
  },
];

const mapOf = (...items: readonly unknown[]): Mapping => ({ each: deep, by: 'map', items });
const starmapOf = (...items: readonly unknown[]): Mapping => {
  return { each: step('add'), by: 'starmap', items };
};
const chunksOf: Mapping = {
  ...{ each: step('add'), by: 'chunks', size: 2 },
  items: [
    [1, 1],
    [2, 2],
    [3, 3],
  ],
};

export const links: readonly Form[] = [
  { name: 'of a chain', shape: linked(seq(add(1, 1), add(2)), add(10)), value: 4 },
  { name: 'of a group', shape: linked(all(add(1, 1), add(2, 2)), add(5, 5)), value: [2, 4] },
  { name: 'of a chord', shape: linked(join(two, deep), add(10)), value: 6 },
  {
    name: 'of a chord whose body is a chain',
    fails: 'link of a chord whose body is a chain',
    forgotten: [0, 1],
    shape: linked(join(two, seq(deep, add(1))), add(10)),
    value: 7,
  },
  { name: 'of a link', shape: linked(add(1, 1), linked(add(10), add(100))), value: 2 },
  { name: 'that is a chain', shape: linked(add(1, 1), seq(add(10), add(100))), value: 2 },
  { name: 'that is a group', shape: linked(add(1, 1), all(add(10), add(20))), value: 2 },
  {
    name: 'that is a chord',
    fails: 'link that is a chord',
    shape: linked(add(1, 1), join([add(10), add(20)], deep)),
    value: 2,
  },
  {
    name: 'of a member of a header',
    shape: join([linked(add(1, 1), add(10)), add(2, 2)], deep),
    value: 6,
  },
  { name: 'of a step of a chain', shape: seq(linked(add(1, 1), add(10)), add(2)), value: 4 },
];

export const mappings: readonly Form[] = [
  { name: 'map before a step', shape: seq(mapOf(1, 2), deep), value: 3 },
  { name: 'starmap between steps', shape: seq(add(1, 1), starmapOf([1, 2]), deep), value: 3 },
  { name: 'map in a group', shape: all(mapOf(1, 2), add(1, 1)), value: [[1, 2], 2] },
  {
    name: 'maps as a header',
    fails: 'maps as a header',
    shape: join([mapOf(1, 2), starmapOf([1, 2])], deep),
    value: 6,
  },
  { name: 'map as a body', shape: join(two, mapOf(1, 2)), value: [1, 2] },
  { name: 'chunks before a step', shape: seq(chunksOf, deep), value: 12 },
  { name: 'chunks between steps', shape: seq(add(1, 1), chunksOf, deep), value: 12 },
  {
    name: 'chunks in a group',
    fails: 'chunks in a group',
    shape: all(chunksOf, add(1, 1)),
    value: [[2, 4], [6], 2],
  },
  { name: 'chunks as a header', shape: join([chunksOf], deep), value: 12 },
  { name: 'chunks as a body', shape: join(two, chunksOf), value: [[2, 4], [6]] },
];

export const empties: readonly Form[] = [
  { name: 'group', shape: all(), value: [] },
  { name: 'header', shape: join([], deep), value: 0 },
  { name: 'header in a chain', shape: seq(add(1, 1), join([], deep), add(1)), value: 1 },
  { name: 'group that ends a chain', shape: seq(add(1, 1), all()), value: [] },
  { name: 'group between steps', shape: seq(add(1, 1), all(), deep), value: 0 },
  { name: 'group in a group', shape: all(add(1, 1), all()), value: [2] },
  { name: 'group as a header', shape: join([all()], deep), value: 0 },
  { name: 'group as a body', shape: join(two, all()), value: [] },
];

const unkept: Step = { ...step('add', 5), isIgnored: true };

export const ignored: readonly Form[] = [
  { name: 'step of a chain', shape: seq(add(1, 1), unkept, add(10)), value: 17 },
  {
    name: 'step of a chain in a header',
    shape: join([seq({ ...unkept, args: [1, 1] }, add(1)), add(2, 2)], deep),
    value: 7,
  },
  {
    name: 'member of a header',
    notes: 'its result is handed to the body all the same',
    shape: join([{ ...unkept, args: [1, 1] }, add(2, 2)], deep),
    value: 6,
  },
];
