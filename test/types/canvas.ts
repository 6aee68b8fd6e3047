import {
  type AsyncResult,
  chain,
  type GroupResult,
  type GroupSignature,
  group,
  type Signature,
} from '../../src/index.ts';
import { type Equal, type Expect, holds, type IsAny, type Refuse } from './assert.ts';
import { add, app, bound, greet, length, nothing, sum, upper } from './tasks.ts';

/** Chains whose steps fit, and those that do not. */
export async function chains(): Promise<void> {
  const counted = chain(upper.s(), length.s(), add.s(1));
  const fromArray = chain([add.s(1, 2), add.s(3)]);
  const independent = chain([add.si(1, 2), upper.si('a'), length.si('a')]);
  const spliced = chain(chain(add.s(), add.s(1)), add.s(2));
  const remote = chain(app.signature<number>('py.one'), add.s(1));
  holds<
    [
      Expect<Equal<typeof counted, Signature<[text: string], number>>>,
      Expect<Equal<typeof fromArray, Signature<[], number>>>,
      Expect<Equal<typeof independent, Signature<'immutable', number>>>,
      Expect<Equal<typeof spliced, Signature<[a: number, b: number], number>>>,
      Expect<Equal<typeof remote, Signature<unknown[], number>>>,
    ]
  >();
  chain(upper.s('a'), greet.s('good day'), length.s());
  chain(add.s(1, 2), sum.s(), sum.s(1, 2));
  const result = await counted.delay('a');
  holds<Expect<Equal<typeof result, AsyncResult<number>>>>();
  const before = await result.parent?.get();
  holds<Expect<Equal<typeof before, unknown>>>();

  // @ts-expect-error a number is no text
  chain(add.s(1, 2), length.s());
  // @ts-expect-error the second step has all its arguments already
  chain(add.s(1, 2), add.s(3, 4));
  // @ts-expect-error the second step lacks one more
  chain(add.s(1, 2), add.s());
  // @ts-expect-error it is the third that does not fit
  chain([add.s(1, 2), add.s(3), upper.s()]);
  // @ts-expect-error nobody knows what the first returns
  chain(app.signature('py.one'), add.s(1));
  // @ts-expect-error null may come
  chain(app.signature<number | null>('py.one'), add.s(1));
  // @ts-expect-error a task that returns nothing hands on nothing
  chain(nothing.s(), add.s(1));
  // @ts-expect-error no step
  chain();
  // @ts-expect-error a task is no signature
  chain(add, add.s(1));
  // @ts-expect-error the text is still to be given
  await counted.delay();
}

/** Chains with any number of steps in the middle, and an end of another type. */
export function chainsOfSome(): void {
  const some = [add.s(1), add.s(2)];
  const text = app.task({ name: 'types.text' }, (value: number) => String(value));
  const told = chain([add.s(1, 2), ...some, text.s()]);
  const further = chain(length.s(), ...some, add.s(3), text.s(), upper.s());
  const empty = chain(add.s(1, 2), group([]));
  holds<
    [
      Expect<Equal<typeof told, Signature<[], string>>>,
      Expect<Equal<typeof further, Signature<[text: string], string>>>,
      Expect<Equal<typeof empty, GroupSignature<[], [], [], 'end'>>>,
    ]
  >();
  // @ts-expect-error what comes last takes a text
  chain([add.s(1, 2), ...some, upper.s()]);
  // @ts-expect-error there may be none of them, and then it is the text before them that is handed on
  chain([upper.s('a'), ...some, text.s()]);
  // @ts-expect-error what stands in the middle takes a number
  chain([text.s(1), ...some]);
  // @ts-expect-error there may be no step at all
  chain(some);
}

/** Groups keep the types of their members, each in its place. */
export async function groups(): Promise<void> {
  const pair = group([add.s(1, 2), upper.s('a')]);
  const nested = group([add.si(1, 2), group([upper.si('a'), bound.si('b', 1)])]);
  const many = group([1, 2, 3].map((each) => add.si(each, each)));
  const open = group([add.s(1), sum.s()]);
  holds<
    [
      Expect<Equal<typeof pair, GroupSignature<[], [number, string]>>>,
      Expect<
        Equal<
          typeof nested,
          GroupSignature<'immutable', [number, string, { name: string; close: number }]>
        >
      >,
      Expect<Equal<typeof many, GroupSignature<'immutable', number[]>>>,
    ]
  >();
  await open.delay(1);
  const result = await pair.applyAsync({ queue: 'q' });
  holds<Expect<Equal<typeof result, GroupResult<[number, string]>>>>();
  const values = await result.get({ timeout: 1 });
  holds<[Expect<Equal<typeof values, [number, string]>>, Refuse<IsAny<(typeof values)[0]>>]>();
  const [first, second] = result.results;
  holds<
    [
      Expect<Equal<typeof first, AsyncResult<number>>>,
      Expect<Equal<typeof second, AsyncResult<string>>>,
    ]
  >();
  const numbers: number[] = await (await many.applyAsync()).join();
  void numbers;

  // @ts-expect-error both members take one more
  await open.delay();
  // @ts-expect-error a text is no number
  await open.delay('1');
  // @ts-expect-error groups are made of arrays
  group(add.s(1, 2), add.s(3, 4));
}

/** Groups in chains: at the end, or a single member anywhere. */
export async function groupsInChains(): Promise<void> {
  const ending = chain(add.s(1, 2), group([add.s(3), add.si(4, 5)]));
  const single = chain(add.s(1, 2), group([add.s(3)]), add.s(4));
  holds<
    [
      Expect<Equal<typeof ending, GroupSignature<[], [number, number], [number, number], 'end'>>>,
      Expect<Equal<typeof single, Signature<[], number>>>,
    ]
  >();
  const values = await (await ending.delay()).get();
  holds<Expect<Equal<typeof values, [number, number]>>>();

  // @ts-expect-error a text is no number for one of the members
  chain(upper.s('a'), group([add.s(3), length.s()]));
  // @ts-expect-error a list is no number
  chain(group([add.s(1, 2), add.s(3, 4)]), sum.s());
}
