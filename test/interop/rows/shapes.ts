import { expect } from 'vitest';
import type { Place } from '../place.ts';
import type { Proof, Row } from '../row.ts';
import {
  add,
  all,
  anyone,
  deep,
  join,
  type SentShape,
  type Shape,
  same,
  sentByPython,
  sentByUs,
  seq,
  sided,
  step,
  ways,
} from '../shapes.ts';

type Send = (place: Place, shape: Shape) => Promise<SentShape>;

/** What a shape comes to, whoever sends it and whoever runs its tasks. */
interface Form {
  readonly name: string;
  readonly shape: Shape;
  readonly value: unknown;
  readonly notes?: string;
  /** Why Python's workers alone may not bring it to its end. */
  readonly stuck?: string;
}

const two = [add(1, 1), add(2, 2)];
const fixed = { ...add(3, 4), immutable: true };
/** Its members are sent by a worker, and counted anew if that is Python's: the trap of `.s`. */
const toGroup = seq(add(1, 1), all(add(10), add(20)));

const headers: readonly Form[] = [
  { name: 'of tasks', shape: join(two, deep), value: 6 },
  { name: 'of one task', shape: join([add(1, 1)], deep), value: 2 },
  { name: 'of a group', shape: join([all(...two)], deep), value: 6 },
  {
    name: 'of chains',
    shape: join([seq(...two.slice(1), add(3)), seq(add(1, 1), add(5))], same),
    value: [7, 7],
  },
  { name: 'of chords', shape: join([join(two, deep), join(two, deep)], same), value: [6, 6] },
  { name: 'of a chord and a task', shape: join([join(two, deep), add(1, 1)], same), value: [6, 2] },
  { name: 'of a group among tasks', shape: join([add(1, 1), all(...two)], deep), value: 8 },
  {
    name: 'of a chain to a group',
    stuck:
      "a Python worker that sends the group overwrites the chord's size with that of the group, believes the header to be complete too early, and waits within itself for parts that it has yet to run",
    shape: join([toGroup, add(1, 1)], deep),
    value: 36,
  },
];

const bodies: readonly Form[] = [
  { name: 'a chain', shape: join(two, seq(deep, add(10), add(100))), value: 116 },
  { name: 'a group', shape: join(two, all(deep, step('deep', 10))), value: [6, 16] },
  { name: 'a chord', shape: join(two, join([deep, step('deep', 10)], deep)), value: 22 },
  { name: 'immutable', shape: join(two, fixed), value: 7 },
];

const mixed: readonly Form[] = [
  {
    name: 'chain through a group, with steps after it',
    shape: seq(add(1, 1), all(add(10), add(20)), deep, add(100)),
    value: 134,
  },
  {
    name: 'chain through two groups',
    shape: seq(add(1, 1), all(add(10), add(20)), all(deep, step('deep', 1)), deep),
    value: 69,
  },
  {
    name: 'chord in a chain, with steps before and after it',
    shape: seq(add(1, 1), join([add(10), add(20)], deep), add(100), add(1000)),
    value: 1134,
  },
  { name: 'group followed by a task', shape: seq(all(...two), deep), value: 6 },
  { name: 'group of one in a chain', shape: seq(add(1, 1), all(add(10)), add(100)), value: 112 },
  { name: 'chain of immutable steps', shape: seq(add(1, 1), fixed, add(10)), value: 17 },
  {
    name: 'chord whose parts keep no results',
    notes: 'they are handed to the body all the same',
    shape: join([step('silent', 1, 1), step('silent', 2, 2)], deep),
    value: 6,
  },
  { name: 'group of chords', shape: all(join(two, deep), join(two, deep)), value: [6, 6] },
  {
    name: 'four levels: a chord in a chain in a group in a chord',
    shape: join([all(seq(add(1, 1), join([add(1), add(2)], deep)), add(1, 1)), add(5, 5)], deep),
    value: 19,
  },
  {
    name: 'four levels: a chord in a chord in a chord in a chord',
    shape: join([join([join([join(two, deep), ...two], deep), ...two], deep), ...two], deep),
    value: 24,
  },
  {
    name: 'four levels: a group in a chain in a chord in a chain',
    shape: seq(add(1, 1), join([seq(add(1), all(add(10), add(20))), add(5)], deep), add(100)),
    value: 143,
  },
];

/** Sends a shape in each of the ways of a client, all of them at once. */
function sends(send: Send, { direction, form }: { direction: keyof typeof ways; form: Form }) {
  return async (place: Place) => {
    const chosen = form.stuck ? ways[direction].slice(0, 1) : ways[direction];
    const sent = chosen.map(async (choose) => {
      return (await send(place, sided(form.shape, choose))).get();
    });
    await expect(Promise.all(sent)).resolves.toEqual(sent.map(() => form.value));
  };
}

const spread = 'all tasks on the other side, and spread over both';

const rowOf =
  (prefix: string) =>
  (form: Form): Row => ({
    name: `${prefix}${form.name}`,
    notes: [form.stuck ? 'where a worker of ours runs the header' : spread, form.notes]
      .filter(Boolean)
      .join('; '),
    pythonToUs: sends(sentByPython, { direction: 'pythonToUs', form }),
    usToPython: form.stuck
      ? { cannot: form.stuck }
      : sends(sentByUs, { direction: 'usToPython', form }),
    together: form.stuck ? { cannot: form.stuck } : together(form),
  });

/** A shape whose tasks all go to the queue of both workers, sent by both clients. */
function together({ shape, value }: Form): Proof {
  return async (place) => {
    const both = [sentByPython, sentByUs, sentByPython, sentByUs];
    const values = both.map(async (send) => (await send(place, sided(shape, anyone))).get());
    await expect(Promise.all(values)).resolves.toEqual(both.map(() => value));
  };
}

export const rows: readonly Row[] = [
  ...headers.map(rowOf('chord ')),
  ...bodies.map(rowOf('body of a chord: ')),
  ...mixed.map(rowOf('')),
];
