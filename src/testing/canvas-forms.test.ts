import { afterAll, describe, expect, test } from 'vitest';
import { Celery, Ignore, Reject } from '../app/index.ts';
import { chain, chord, chunks, group, xmap } from '../canvas/index.ts';
import { createTestApp } from './test-kit.ts';

const app = new Celery('forms', {
  ...{ broker: 'redis://127.0.0.1:1', backend: 'redis://127.0.0.1:1' },
  taskRoutes: { 'forms.total': { queue: 'totals' } },
});
const add = app.task(function add(a: number, b: number) {
  return a + b;
});
const total = app.task(function total(numbers: readonly number[]) {
  return numbers.reduce((sum, each) => sum + each, 0);
});
const shape = app.task(function shape(list: unknown) {
  return JSON.stringify(list);
});
const fail = app.task(function fail(): number {
  throw new RangeError('no');
});
const note = app.task(function note(id: string) {
  return `noted ${id}`;
});
const stamps = app.task(
  { name: 'forms.stamps', bind: true },
  (task, _: number) => task.request.stamps,
);
const restless = app.task(
  { name: 'forms.restless', bind: true },
  (task, value: number): Readonly<Record<string, unknown>> => {
    if (task.request.retries === 0) throw task.retry({ countdown: 0 });
    return task.replace(stamps.s(value));
  },
);
const kit = createTestApp(app);

afterAll(() => kit.close());

interface Form {
  delay(): Promise<Handle>;
  applyAsync(options: object): Promise<Handle>;
  apply(options?: object): Promise<Handle>;
  toJSON(): object;
}

interface Handle {
  readonly id: string;
  get(): Promise<unknown>;
}

const ones = group([add.si(1, 1), add.si(2, 2)]);
const twoEnds = group([chain(add.s(1, 1), group([add.s(1), add.s(2)])), add.si(5, 5)]);

function* some() {
  for (const each of [1, 2]) yield add.si(each, 1);
}

/** Each with what it comes to. */
const forms: readonly (readonly [name: string, form: Form, value: unknown])[] = [
  ['a task', add.s(1, 2), 3],
  ['a chain of one', chain(add.s(1, 2)), 3],
  ['a chain', chain(add.s(1, 2), add.s(3), add.s(4)), 10],
  ['chains in a chain', chain(chain(add.s(1, 2), add.s(3)), chain(add.s(4), add.s(5))), 15],
  ['a group', ones, [2, 4]],
  ['an empty group', group([]), []],
  ['a group of a generator', group(some()), [2, 3]],
  ['a group of a Set', group(new Set([add.si(3, 1), add.si(1, 1)])), [4, 2]],
  ['groups in a group', group([ones, add.si(3, 3)]), [2, 4, 6]],
  ['a chain that ends in a group', chain(add.s(1, 2), group([add.s(1), add.s(2)])), [4, 5]],
  ['a group of one in a chain', chain(add.s(1, 2), group([add.s(3)]), add.s(4)), 10],
  ['a chord', chord(ones, total.s()), 6],
  ['a chord of one', chord([add.s(1, 2)], shape.s()), '[3]'],
  ['a chord of none', chord([], shape.s()), '[]'],
  ['a chord of nested groups, in order', chord([ones, add.si(3, 3)], shape.s()), '[2,4,6]'],
  ['a chord whose member ends in a group', chord(twoEnds, shape.s()), '[[3,4],10]'],
  ['a chord with a chain for its body', chord(ones, chain(total.s(), add.s(1))), 7],
  ['a chord with a group for its body', chord(ones, group([total.s(), shape.s()])), [6, '[2,4]']],
  ['a chord with a chord for its body', chord(ones, chord([total.s(), total.s()], total.s())), 12],
  ['chords in a chord', chord([chord(ones, total.s()), add.si(1, 1)], shape.s()), '[6,2]'],
  ['a group before a step', chain(ones, total.s(), add.s(1)), 7],
  [
    'a group before a group before a step',
    chain(ones, group([total.s(), total.s()]), total.s()),
    12,
  ],
  ['a chord in a chain', chain(add.s(1, 1), chord([add.s(1), add.s(2)], total.s()), add.s(1)), 8],
  [
    'pipes',
    add
      .s(1, 1)
      .pipe(group([add.s(1), add.s(2)]))
      .pipe(total.s()),
    7,
  ],
  ['a group of one with a pipe', group([add.s(1, 2)]).pipe(shape.s()), '[3]'],
  ['a chain that ends with an empty group', chain(add.s(1, 2), group([])), []],
  ['a group before an empty group', ones.pipe(group([])), []],
  ['a chord before an empty group', chain(chord(ones, total.s()), group([])), []],
  ['an empty group in a chain', chain(add.s(1, 2), group([]), shape.s()), '[]'],
  ['a chord with an empty group for its body', chord(ones, group([])), []],
  [
    'a chord whose members end with empty groups',
    chord([chain(add.s(1, 2), group([])), chord(ones, group([])), add.s(1, 2)], shape.s()),
    '[[],[],3]',
  ],
  [
    'a group whose members end with empty groups',
    group([chain(add.s(1, 2), group([])), add.s(1, 2)]),
    [3],
  ],
  ['a map', total.map([[1, 2], [3]]), [3, 3]],
  ['a map of a task by its name', xmap(app.signature('forms.total'), [[1]]), [1]],
  [
    'a starmap',
    add.starmap([
      [1, 2],
      [3, 4],
    ]),
    [3, 7],
  ],
  [
    'chunks',
    chunks(
      add,
      [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
      2,
    ),
    [[2, 4], [6]],
  ],
  [
    'chunks before a step',
    chain(
      add.chunks(
        [
          [1, 1],
          [2, 2],
        ],
        1,
      ),
      shape.s(),
    ),
    '[[2],[4]]',
  ],
  ['a map as a member', chord([add.starmap([[1, 2]]), add.s(1, 2)], shape.s()), '[[3],3]'],
];

describe.each(forms)('%s', (_, form, value) => {
  test('comes to the same when it is sent, sent with options, read from JSON, and run at once', async () => {
    const options = { queue: 'elsewhere', priority: 3, countdown: 0 };
    const read = app.signature(JSON.parse(JSON.stringify(form)));

    const sent = [await form.delay(), await form.applyAsync(options), await read.delay()];
    await kit.drain();

    const values = sent.map((handle: Handle) => handle.get());
    expect(await Promise.all(values)).toEqual([value, value, value]);
    expect(await (await form.apply()).get()).toEqual(value);
    expect(await (await form.apply({ ...options, throw: true })).get()).toEqual(value);
  });
});

describe.each(['ignored', 'rejected'] as const)('a task that is %s', (how) => {
  const log: string[] = [];
  const told = app.task(
    { name: `forms.told-${how}`, params: ['name', 'before'] },
    (name: string, before?: unknown) => {
      log.push(`${name} ${JSON.stringify(before ?? null)}`);
      return name;
    },
  );
  const gone = app.task({ name: `forms.${how}` }, (_?: unknown): string => {
    throw how === 'ignored' ? new Ignore() : new Reject('not me');
  });
  const after = (name: string) =>
    told
      .s()
      .clone({ args: [name] })
      .setImmutable();
  const isIgnored = how === 'ignored';

  test.each<[where: string, form: Form, logged: readonly string[]]>([
    [
      'alone, with links',
      gone.s().link(after('link')).onError(after('error')),
      isIgnored ? [] : ['error null'],
    ],
    ['in a chain', chain(gone.si(), after('b')), []],
    ['at the end of a chain', chain(after('a'), gone.si()), ['a null']],
    ['in a group', group([after('a'), gone.si(), after('b')]), ['a null', 'b null']],
    [
      'in the header of a chord',
      chord([after('a'), gone.si()], shape.s().link(told.s('list').setImmutable(false))),
      isIgnored ? ['a null', '["a",null] "list"'] : ['a null'],
    ],
    [
      'early in a member of a header',
      chord([chain(gone.si(), after('b')), after('a')], shape.s().link(after('body'))),
      isIgnored ? ['a null', 'body null'] : ['a null'],
    ],
    ['in the body of a chord', chord([after('a')], gone.s().link(after('link'))), ['a null']],
  ])('%s runs what is right, sent and at once', async (_, form, logged) => {
    await form.delay();
    await kit.drain();
    const sent = log.splice(0).sort();
    await form.apply();
    const atOnce = log.splice(0).sort();

    expect(sent).toEqual([...logged].sort());
    expect(atOnce).toEqual(sent);
  });
});

test('arguments of a call go before those of all that a form begins with', async () => {
  const first = chain(group([add.s(1), add.s(2)]), total.s());

  const result = await first.applyAsync({ args: [10] });
  await kit.drain();

  await expect(result.get()).resolves.toBe(23);
  await expect((await first.apply({ args: [10] })).get()).resolves.toBe(23);
});

test('a frozen form has the ids that it was frozen with, and so its handle is there before', async () => {
  const { signature, result } = chord(ones, total.s()).freeze();
  const waiting = result.get();

  const sent = await signature.delay();
  await kit.drain();

  expect(sent.id).toBe(result.id);
  await expect(waiting).resolves.toBe(6);
  await expect(result.parent?.get()).resolves.toEqual([2, 4]);
});

test('an id that is said is that of the last task', async () => {
  const result = await chain(add.s(1, 2), add.s(3)).applyAsync({ taskId: 'the-last' });
  await kit.drain();

  expect(result.id).toBe('the-last');
  await expect(app.asyncResult('the-last').get()).resolves.toBe(6);
});

test.each([
  ['a group', group([fail.s().set({ taskId: 'g0' }), add.s(1, 2)]), 'g0'],
  ['a chain', chain(add.s(1, 2), fail.si().set({ taskId: 'c1' }), add.s(1)), 'c1'],
  ['a chord', chord([fail.s(), add.s(1, 2)], total.s().set({ taskId: 'body' })), 'body'],
])('the error link of %s is given the id of what failed', async (_, form, id) => {
  const errback = note.s().set({ taskId: `note-${id}` });

  await form.onError(errback).delay();
  await kit.drain();

  await expect(app.asyncResult(`note-${id}`).get()).resolves.toBe(`noted ${id}`);
});

test('a member that ends with an empty group fails its chord as any other', async () => {
  const steps = chain(fail.s(), group([]));

  const result = await chord([steps, add.s(1, 2)], shape.s()).delay();
  await kit.drain();

  await expect(result.get()).rejects.toThrow(/Dependency .* raised RangeError/);
});

test('the link of a group is sent after its first member, with nothing', async () => {
  const callback = note.s('first').set({ taskId: 'after-first' });

  await group([add.s(1, 2), fail.s()])
    .link(callback)
    .delay();
  await kit.drain();

  await expect(app.asyncResult('after-first').get()).resolves.toBe('noted first');
});

test('stamps reach each task that runs, also those of a group behind a chord', async () => {
  const form = chain(ones, group([total.s(), total.s()]), total.s(), stamps.s());

  const result = await form.stamp({ tenant: 'acme' }).delay();
  await kit.drain();

  await expect(result.get()).resolves.toEqual({ tenant: 'acme' });
});

test('the members of a skewed group start one after the other', async () => {
  const three = group([add.si(1, 1), add.si(2, 2), add.si(3, 3)]);
  const ended: number[] = [];

  const result = await three.skew({ start: 1, step: 2 }).delay();
  for (const seconds of [0.5, 1, 2, 1, 1]) {
    await kit.advance(seconds);
    ended.push(await result.completedCount());
  }

  expect(ended).toEqual([0, 1, 2, 2, 3]);
});

test('stamps go on to what a task is tried again as, and to what takes its place', async () => {
  const form = chord([restless.s(1), add.s(1, 2)], shape.s()).stamp({ tenant: 'acme' });

  const result = await form.delay();
  await kit.drain();

  await expect(result.get()).resolves.toBe('[{"tenant":"acme"},3]');
  await expect((await form.apply()).get()).resolves.toBe('[{"tenant":"acme"},3]');
});

test('a map goes where the task goes that it calls, as a later step, too', async () => {
  const first = total.map([[1]]).set({ taskId: 'first-map' });
  const later = total.map([[2]]).set({ taskId: 'later-map' });

  await chain(first, later).delay();
  await kit.drain();

  const sent = kit.sent().filter(({ id }) => id === 'first-map' || id === 'later-map');
  expect(sent.map(({ task, queue }) => [task, queue])).toEqual([
    ['celery.map', 'totals'],
    ['celery.map', 'totals'],
  ]);
});
