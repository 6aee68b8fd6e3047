import {
  type AnySignature,
  type AsyncResult,
  chain,
  chord,
  group,
  type Signature,
  type Task,
} from '../../src/index.ts';
import { type Equal, type Expect, holds, type IsAny, type Refuse } from './assert.ts';
import { add, app, length, upper } from './tasks.ts';

const size = app.task({ name: 'types.size' }, (values: readonly number[]) => values.length);

/** What a replaced task comes to is what replaces it; `replace` itself never returns. */
export const byTask = app.task({ name: 'types.byTask', bind: true }, (task, n: number) =>
  task.replace(add.s(n, 1)),
);
export const byChain = app.task({ name: 'types.byChain', bind: true }, (task, text: string) =>
  task.replace(chain([upper.s(text), length.s()])),
);
export const byGroup = app.task({ name: 'types.byGroup', bind: true }, (task, n: number) =>
  task.replace(group([add.s(n, 1), upper.s('a')])),
);
export const byChord = app.task({ name: 'types.byChord', bind: true }, (task, n: number) =>
  task.replace(chord([add.s(n, 1), add.s(n, 2)], size.s())),
);
export const sometimes = app.task(
  { name: 'types.sometimes', bind: true },
  async (task, n: number): Promise<number> => {
    if (n > 3) throw task.replace(add.si(n, 1));
    const added = await task.addToChord(add.s(n, 1));
    holds<[Expect<Equal<typeof added, AsyncResult<number>>>]>();
    // @ts-expect-error an argument is missing
    await task.addToChord(add.s(n));
    // @ts-expect-error a task is no signature
    await task.addToChord(add);
    // @ts-expect-error a group is several parts
    await task.addToChord(group([add.s(n, 1)]));
    // @ts-expect-error and so is what ends in one
    await task.addToChord(chain([upper.s('a'), group([length.s(), length.s()])]));
    // @ts-expect-error and a chord whose body is one
    await task.addToChord(chord([add.s(n, 1)], group([size.s(), size.s()])));
    const chained = await task.addToChord(chain([upper.s('a'), length.s()]));
    holds<[Expect<Equal<typeof chained, AsyncResult<number>>>]>();
    return n;
  },
);
export const wrong = app.task({ name: 'types.wrong', bind: true }, (task) => {
  // @ts-expect-error an argument is missing
  task.replace(add.s(1));
  // @ts-expect-error a task is no signature
  task.replace(add);
  // @ts-expect-error and neither is a name
  task.replace('types.add');
});

/** What definitions infer. */
export type Definitions = [
  Expect<Equal<typeof byTask, Task<[n: number], number>>>,
  Expect<Equal<typeof byChain, Task<[text: string], number>>>,
  Expect<Equal<typeof byGroup, Task<[n: number], [number, string]>>>,
  Expect<Equal<typeof byChord, Task<[n: number], number>>>,
  Expect<Equal<typeof sometimes, Task<[n: number], number>>>,
];

/** The hook is given a signature of any kind, and may give one. */
export const hooked = app.task(
  {
    name: 'types.hooked',
    onReplace(context, signature) {
      holds<[Expect<Equal<typeof signature, AnySignature>>, Refuse<IsAny<typeof context>>]>();
      return signature.stamp({ by: context.name });
    },
  },
  () => {},
);
export const elsewhere: Signature<[], number> = byTask.s(1);
app.use({ onReplace: async () => {} });
