import { describe, expect, test } from 'vitest';
import { numbered, task } from '../../test/support/plain-task.ts';
import { type Embed, encodeBody, type SignatureData } from '../protocol/index.ts';
import { type Extras, noExtras } from './merge.ts';
import { plan } from './plan.ts';
import { bodyErrbacks, planBody } from './plan-body.ts';
import { planNext } from './plan-next.ts';
import { chainOf, chordOf, groupOf } from './structure.ts';
import { undone, undoneBody } from './undone.ts';

const withOptions = (signature: SignatureData, options: object) => ({
  ...signature,
  options: { ...options },
});
const embedOf = (parts: Partial<Embed>): Embed => {
  return { callbacks: null, errbacks: null, chain: null, chord: null, ...parts };
};
const given = (extras: Partial<Extras>): Extras => ({ ...noExtras, ...extras });
const [a, b, c, body] = [task('a'), task('b'), task('c'), task('body')];

describe('a chord', () => {
  test.each([
    ['of tasks', [a, b], 2, 0],
    ['of one', [a], 1, 0],
    ['with a chain', [chainOf([a, b]), c], 2, 0],
    ['with a group', [groupOf([a, b]), c], 3, 0],
    ['with a chord, whose body is the part', [chordOf([a, b], c), b], 2, 0],
    ['with a chain that ends in a group', [chainOf([a, groupOf([b, c])]), b], 3, 1],
    ['with a chord that ends in a group', [chordOf([a], groupOf([b, c]))], 2, 1],
    ['with a chain of chains', [chainOf([a, chainOf([b])])], 1, 0],
  ] as const)(
    '%s: its size is said, and what its header is made of if there is a group in it',
    (_, header, size, groups) => {
      const planned = plan(chordOf(header, body), numbered());

      const { chord, chain } = planned.tasks[0]?.embed ?? embedOf({});
      expect(chord ?? chain).not.toBeNull();
      const [last] = planned.chords?.slice(-1) ?? [];
      expect(last?.size).toBe(size);
      expect(planned.groups).toHaveLength(groups);
      for (const [[id], inner] of planned.groups ?? []) {
        expect(id).toBe(last?.groupId);
        expect(inner).toHaveLength(header.length);
      }
    },
  );

  test('a size that an older sender has written into the body counts', () => {
    const planned = plan(chordOf([a, b], { ...body, chord_size: 5 }), numbered());

    expect(planned.chords?.map(({ size }) => size)).toEqual([5]);
  });

  test.each([
    ['none', []],
    ['an empty group', [groupOf([])]],
    ['an empty chain', [chainOf([])]],
  ])('whose header has %s runs its body at once, with an empty list', (_, header) => {
    const { tasks, chords, ends } = plan(
      chordOf(header, body),
      numbered(),
      given({ options: { task_id: 'own' } }),
    );

    expect(tasks.map(({ task: name, id, args }) => [name, id, args])).toEqual([
      ['body', 'own', [[]]],
    ]);
    expect(chords ?? []).toEqual([]);
    expect(ends.map(({ id }) => id)).toEqual(['own']);
  });

  test('where nothing counts parts, a task that looks for them is sent first', () => {
    const chord = withOptions(chordOf([a, b], withOptions(body, { queue: 'q', priority: 7 })), {
      ...{ interval: 3, max_retries: 9 },
    });

    const { tasks, chords } = plan(chord, { ...numbered(), countsChords: false });

    const [unlock, ...header] = tasks;
    expect(unlock).toMatchObject({
      task: 'celery.chord_unlock',
      routedAs: 'body',
      args: [header[0]?.group, header[0]?.embed.chord],
    });
    expect(unlock?.kwargs).toEqual({
      interval: 3,
      max_retries: 9,
      result: header.map(({ id }) => [[id, null], null]),
    });
    expect(unlock?.options).toEqual({ countdown: 1, queue: 'q', priority: 7, ignore_result: true });
    expect(header.map((each) => each.task)).toEqual(['a', 'b']);
    expect(header[0]?.embed.chord?.options).not.toHaveProperty('interval');
    expect(chords).toEqual([]);
  });

  test('a countdown of its own is for header and body, one of the call for the body alone', () => {
    const own = plan(withOptions(chordOf([a], body), { countdown: 5 }), numbered()).tasks[0];
    const called = plan(chordOf([a], body), numbered(), given({ options: { countdown: 5 } }))
      .tasks[0];

    expect([own?.options, own?.embed.chord?.options['countdown']]).toEqual([{ countdown: 5 }, 5]);
    expect([called?.options, called?.embed.chord?.options['countdown']]).toEqual([{}, 5]);
  });

  test('links are those of its body; errbacks those of its header too, if that is asked for', () => {
    const options = { link: [b], link_error: [c] };
    const usual = plan(chordOf([a], body), numbered(), given({ options })).tasks[0];
    const both = plan(
      chordOf([a], body),
      { ...numbered(), errorCallbacksOnHeader: true },
      given({ options }),
    ).tasks[0];

    expect(usual?.embed.chord?.options).toMatchObject(options);
    expect(usual?.embed).toMatchObject({ callbacks: null, errbacks: null });
    expect(both?.embed.errbacks).toEqual([c]);
  });

  test('what is in the header of another reports to that one, however it ends', () => {
    const inner = chordOf([a], groupOf([b, chainOf([b, c])]));
    const planned = plan(chordOf([inner], body), numbered());
    const [first] = planned.tasks;

    const outer = planned.chords?.find(({ size }) => size === 2)?.groupId;
    const { memberships } = undoneBody(first?.embed.chord as SignatureData);

    expect(memberships.map(({ groupId, body: { task: name } }) => [groupId, name])).toEqual([
      [outer, 'body'],
      [outer, 'body'],
    ]);
  });

  test('sent inside a task, it is that one whose child the header is, and the root of all', () => {
    const parent = { id: 'p', rootId: 'r' };

    const { tasks, child } = plan(chordOf([a, chainOf([b, c])], body), { ...numbered(), parent });

    expect(tasks.map(({ rootId, parentId }) => [rootId, parentId])).toEqual([
      ['r', 'p'],
      ['r', 'p'],
    ]);
    expect(child?.[1]).toHaveLength(2);
    expect(tasks[0]?.embed.chord?.options).not.toHaveProperty('root_id');
  });
});

describe('the rest of a chain goes on behind a chord', () => {
  const done = { id: 'p', rootId: 'r', resultText: '1', parentPriority: 4 };
  const steps = (chain: unknown) => (chain as SignatureData[]).map((step) => step.task);

  test.each([
    ['a task', body],
    ['a chain', chainOf([body, c])],
    ['a group', groupOf([b, body])],
    ['a chord', chordOf([b], body)],
  ])('whose body is %s', (_, ending) => {
    const embed = embedOf({ chain: [task('last'), chordOf([a], ending)] });

    const { tasks, chords } = planNext(embed, done, numbered());

    const [first] = tasks;
    expect(first).toMatchObject({ task: 'a', rootId: 'r', parentId: 'p', args: [{ text: '1' }] });
    expect(first?.embed.chain).toBeNull();
    expect(steps(first?.embed.chord?.options['chain'])).toEqual(['last']);
    expect(chords).toHaveLength(1);

    const next = planBody(first?.embed.chord as SignatureData, ['1'], {
      ...numbered(),
      parent: done,
    });
    const behind = next.tasks.map(({ embed: { chain, chord } }) =>
      steps(chain ?? chord?.options['chain']).at(0),
    );
    expect(behind.every((name) => name === 'last')).toBe(true);
    expect(behind).not.toEqual([]);
  });

  test('a body gets the list byte by byte', () => {
    const [next] = planBody(body, ['1.0', '{"a": 1e400}'], numbered()).tasks;

    expect(encodeBody(next?.args ?? [], {}, embedOf({}))).toContain('[[[1.0, {"a": 1e400}]], {}, ');
  });
});

describe('what never runs', () => {
  test('is all in a chord that was to follow, its header too, and what was to follow that', () => {
    const chord = chordOf(
      [withOptions(a, { task_id: 'part' })],
      withOptions(body, { task_id: 'body' }),
    );
    const rest = {
      ...chord,
      options: { task_id: 'header', chain: [withOptions(c, { task_id: 'last' })] },
    };

    const { ids, memberships } = undone(embedOf({ chain: [rest] }), {
      id: 'own',
      groupId: null,
      groupIndex: null,
    });

    expect(ids).toEqual(['header', 'part', 'body', 'last']);
    expect(memberships).toEqual([]);
  });

  test('is a part of the chord of the task itself, and of that of a later step', () => {
    const later = withOptions(a, {
      task_id: 'later',
      group_id: 'outer',
      group_index: 2,
      chord: body,
    });
    const embed = embedOf({ chord: c, chain: [later] });

    const { ids, memberships } = undone(embed, { id: 'own', groupId: 'g', groupIndex: 1 });

    expect(ids).toEqual(['later']);
    expect(memberships).toEqual([
      { groupId: 'g', taskId: 'own', index: 1, body: c },
      { groupId: 'outer', taskId: 'later', index: 2, body },
    ]);
  });

  test.each([
    [
      'a group: each of its members',
      groupOf([
        task('b', { task_id: '1', link_error: [c] }),
        task('b', { task_id: '2', link_error: [c] }),
      ]),
      ['1', '2'],
    ],
    [
      'a chain: once, as the chain',
      withOptions(
        chainOf([task('b', { task_id: '1', link_error: [c] }), task('b', { link_error: [c] })]),
        { task_id: '2', link_error: [c] },
      ),
      ['2'],
    ],
    ['a chord: its body', chordOf([a], task('b', { task_id: '1', link_error: [c] })), ['1']],
    [
      'a chain without an id, as Celery 5.2 sends it: its last step',
      chainOf([task('b', { task_id: '1', link_error: [c] }), task('a', { task_id: '2' })]),
      ['2'],
    ],
    ['a task without an errback: none', task('b', { task_id: '1' }), []],
  ])('has errbacks, of %s', (_, failed, ids) => {
    const { tasks } = bodyErrbacks(failed, numbered());

    expect(tasks.map(({ args, parentId, rootId }) => [args, parentId, rootId])).toEqual(
      ids.map((id) => [[id], id, id]),
    );
  });
});

test('what calls another task many times takes the route of that one', () => {
  const map = { ...task('celery.map'), kwargs: { task: a, it: [1] }, immutable: true };

  expect(plan(map, numbered()).tasks[0]).toMatchObject({ task: 'celery.map', routedAs: 'a' });
  expect(plan(a, numbered()).tasks[0]).not.toHaveProperty('routedAs');
});
