import {
  type AsyncResult,
  chord,
  type DependencyGraph,
  type GroupResult,
  group,
  type ResultHandle,
  ResultSet,
  type TaskError,
} from '../../src/index.ts';
import { type Equal, type Expect, holds, type IsAny, type Refuse } from './assert.ts';
import { add, app, upper } from './tasks.ts';

/** What handles of tasks give. */
export async function handles(): Promise<void> {
  const result = await add.delay(1, 2);
  const value = await result.get();
  const kept = await result.get({ propagate: false });
  const now = await result.result();
  const told = await result.onReady((given, handle) => [given, handle.id] as const);
  const either = await result.onReady(
    () => 1,
    () => 'failed',
  );
  const graph = await result.buildGraph();
  holds<
    [
      Expect<Equal<typeof value, number>>,
      Expect<Equal<typeof kept, number | TaskError>>,
      Expect<Equal<typeof now, number | TaskError | undefined>>,
      Expect<Equal<typeof told, readonly [number, string]>>,
      Expect<Equal<typeof either, string | number>>,
      Expect<Equal<typeof graph, DependencyGraph<ResultHandle>>>,
    ]
  >();
  for await (const [handle, each] of result.collect()) {
    holds<[Expect<Equal<typeof handle, ResultHandle>>, Expect<Equal<typeof each, unknown>>]>();
  }
  // a handle is no promise: await gives it back
  const same = await result;
  holds<Expect<Equal<typeof same, AsyncResult<number>>>>();

  // @ts-expect-error Celery's name for it would make it one
  result.then(() => {});
  // @ts-expect-error what is thrown is not returned
  await result.onReady(() => 1, undefined, { propagate: false });
}

/** What groups give, place by place. */
export async function groups(): Promise<void> {
  const pair = await group([add.s(1, 2), upper.s('a')]).applyAsync();
  const many = await group([1, 2].map((each) => add.si(each, each))).applyAsync();
  const kept = await pair.get({ propagate: false });
  holds<Expect<Equal<typeof kept, [number | TaskError, string | TaskError]>>>();
  for await (const entry of pair) {
    holds<Expect<Equal<typeof entry, [index: 0, value: number] | [index: 1, value: string]>>>();
    if (entry[0] === 0) entry[1].toFixed();
    else entry[1].trim();
  }
  for await (const [index, value] of many.iterate({ timeout: 1 })) {
    holds<[Expect<Equal<typeof index, number>>, Expect<Equal<typeof value, number>>]>();
  }
  for (const each of pair) holds<Expect<Equal<typeof each, AsyncResult<number | string>>>>();
  const restored = await app.restoreGroup<[number, string]>(pair.id);
  holds<Expect<Equal<typeof restored, GroupResult<[number, string]> | undefined>>>();
  const unknown = await app.restoreGroup('id');
  const values = await unknown?.get();
  holds<[Expect<Equal<typeof values, unknown[] | undefined>>, Refuse<IsAny<typeof values>>]>();

  // @ts-expect-error a group's handle does not change
  pair.add(await add.delay(1, 2));
}

/** A chord's handle is that of its body; sets have what is put in. */
export async function chordsAndSets(): Promise<void> {
  const bill = await chord(
    [add.si(1, 2), add.si(3, 4)],
    app.signature<number>('py.total'),
  ).applyAsync();
  const total = await bill.get();
  holds<Expect<Equal<typeof total, number>>>();
  const set = new ResultSet([await add.delay(1, 2)]);
  set.add(await add.delay(3, 4));
  const numbers = await set.get();
  holds<Expect<Equal<typeof numbers, number[]>>>();
  const mixed = new ResultSet<number | string>([await add.delay(1, 2), await upper.delay('a')]);
  const both = await mixed.join();
  holds<Expect<Equal<typeof both, (number | string)[]>>>();
  const known = app.resultFromTuple(bill.asTuple());
  const anything = await known.get();
  holds<[Expect<Equal<typeof anything, unknown>>, Refuse<IsAny<typeof anything>>]>();

  // @ts-expect-error a text is no number
  set.add(await upper.delay('a'));
}
