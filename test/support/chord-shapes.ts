import { chain, chord, group, type Immutable, type Signature } from 'celeriac';

/** Makes the next task of a shape. */
type Leaf = () => Signature<Immutable, string>;

/** A workflow that ends with one task, whatever is in it. */
export type Shape = (next: Leaf) => Signature<Immutable, string>;

/** Workflows in which a chord and a failure may meet. */
export const shapes: readonly (readonly [name: string, shape: Shape])[] = [
  ['a chord of chains', (t) => chord([chain(t(), t()), t()], chain(t(), t()))],
  [
    'a chord of a chord and a group',
    (t) => {
      return chord([chord([t(), t()], t()), chain(t(), group([t(), t()]))], t());
    },
  ],
  [
    'a chain with chords in chords',
    (t) => {
      return chain(t(), chord([t(), chord([t(), chord([t(), t()], t())], t())], t()), t());
    },
  ],
  [
    'a chain through groups',
    (t) => {
      return chain(group([t(), chain(t(), chord([t(), t()], t()))]), t(), group([t(), t()]), t());
    },
  ],
];

/** How many tasks a shape has. */
export function tasksIn(shape: Shape, leaf: ReturnType<Leaf>): number {
  let count = 0;
  shape(() => {
    count += 1;
    return leaf;
  });
  return count;
}
