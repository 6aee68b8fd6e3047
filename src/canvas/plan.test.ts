import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { MessageInvalidError, NotSupportedError } from '../errors.ts';
import type { SignatureData } from '../protocol/index.ts';
import { type Extras, noExtras } from './merge.ts';
import { plan } from './plan.ts';
import { chainOf, chordOf, groupOf } from './structure.ts';
import { undoneBody } from './undone.ts';

const context = { newId: randomUUID, replyTo: randomUUID() };

function call(task: string, args: readonly unknown[], options: object = {}): SignatureData {
  return { task, args, kwargs: {}, options: { ...options }, subtask_type: null, immutable: false };
}
const add = (...args: readonly unknown[]) => call('tasks.add', args);
const mul = (...args: readonly unknown[]) => call('tasks.mul', args);
const ident = () => call('tasks.ident', []);
const withOptions = (signature: SignatureData, options: object) => ({
  ...signature,
  options: { ...options },
});
const given = (extras: Partial<Extras>): Extras => ({ ...noExtras, ...extras });

const chordWithoutBody = chordOf([add(1, 1)], null as never);
const linkedGroup = withOptions(groupOf([add(1, 1), add(2, 2)]), { link: [ident()] });

describe('a plan', () => {
  test('options of a chain reach its first step only, those of a group every member', () => {
    const options = { priority: 5, queue: 'qz' };
    const chained = plan(chainOf([add(1, 2), mul(3)]), context, given({ options }));
    const grouped = plan(groupOf([add(1, 2), add(3, 4)]), context, given({ options }));

    expect(chained.tasks.map((each) => each.options)).toEqual([options]);
    expect(chained.tasks[0]?.embed.chain?.[0]?.options).not.toHaveProperty('queue');
    expect(grouped.tasks.map((each) => each.options)).toEqual([options, options]);
  });

  const numbered = () => {
    let count = 0;
    return { newId: () => `id-${++count}`, replyTo: 'me' };
  };

  test('of a chain is the handle of the last step, with the steps before it as parents', () => {
    const { result } = plan(chainOf([add(1, 2), mul(3), mul(4)]), numbered());

    expect(result).toEqual([['id-2', [['id-1', [['id-3', null], null]], null]], null]);
  });

  test('of a chain that ends in a group is the handle of the group, the step before it its parent', () => {
    const { result } = plan(chainOf([add(1, 2), groupOf([mul(3), mul(4)])]), numbered());

    expect(result).toEqual([
      ['id-1', [['id-4', null], null]],
      [
        [['id-2', null], null],
        [['id-3', null], null],
      ],
    ]);
  });

  test('of a group lists the ends of its members, those of a group inside among them', () => {
    const inner = groupOf([add(3, 3), chainOf([add(1, 1), mul(2)])]);
    const { result, ends } = plan(groupOf([add(2, 2), inner]), numbered());

    expect(result[1]).toEqual([
      [['id-2', null], null],
      [['id-3', null], null],
      [['id-4', [['id-5', null], null]], null],
    ]);
    expect(ends.map((end) => end.task)).toEqual(['tasks.add', 'tasks.add', 'tasks.mul']);
  });

  test('splices chains inside chains, and keeps what was said to them', () => {
    const inner = withOptions(chainOf([mul(3), mul(4)]), {
      queue: 'q',
      task_id: 'inner',
      link: [ident()],
    });
    const { tasks } = plan(chainOf([add(1, 2), inner, mul(5)]), numbered());

    const steps = tasks[0]?.embed.chain?.toReversed();
    expect(steps?.map((step) => step.args)).toEqual([[3], [4], [5]]);
    expect(steps?.map((step) => step.options['queue'])).toEqual(['q', undefined, undefined]);
    expect(steps?.[1]?.options).toMatchObject({ task_id: 'inner', link: [ident()] });
  });

  test('unrolls a group of one inside a chain', () => {
    const one = withOptions(groupOf([mul(3)]), { queue: 'q' });
    const { tasks } = plan(chainOf([add(1, 2), one, mul(4)]), numbered());

    const next = tasks[0]?.embed.chain?.at(-1);
    expect(next).toMatchObject({ task: 'tasks.mul', args: [3], options: { queue: 'q' } });
  });

  test('keeps an empty group at the end of a chain, as Celery 5.6 does: the handle is that of the group', () => {
    const { tasks, result, ends } = plan(chainOf([add(1, 2), groupOf([])]), numbered());

    const [[id, parent], members] = result;
    expect(members).toEqual([]);
    expect(parent).toEqual([[tasks[0]?.id, null], null]);
    expect(ends).toEqual([]);
    const [group] = tasks[0]?.embed.chain ?? [];
    expect(group).toMatchObject({ task: 'celery.group', kwargs: { tasks: [] } });
    expect(group?.options['task_id']).toBe(id);
  });

  test('makes a task of an empty group that is to report to a chord, also of one that Python has frozen', () => {
    const chord = ident();
    const options = { task_id: 'own', chord, group_id: 'g', group_index: 1 };
    const group = { ...groupOf([]), options };

    const { tasks, result } = plan(group, numbered(), { ...noExtras, args: [5] });

    expect(tasks).toMatchObject([
      { task: 'celery.accumulate', id: 'own', args: [[]], kwargs: { index: 0 } },
    ]);
    expect(tasks[0]).toMatchObject({ group: 'g', groupIndex: 1, embed: { chord } });
    expect(result).toEqual([['own', null], null]);
    expect(undoneBody(group).memberships).toMatchObject([
      { groupId: 'g', taskId: 'own', index: 1 },
    ]);
  });

  test('starts nothing for an empty group', () => {
    expect(plan(groupOf([]), numbered())).toMatchObject({
      tasks: [],
      result: [['id-1', null], []],
      ends: [],
    });
  });

  test('gives what is sent inside a task that task as parent, and its root', () => {
    const extras = given({ options: { root_id: 'root', parent_id: 'parent' } });
    const signatures = [
      add(1),
      chainOf([add(1), mul(2)]),
      groupOf([add(1), chainOf([add(2), mul(2)])]),
    ];

    const planned = signatures.flatMap((each) => plan(each, numbered(), extras).tasks);

    expect(planned).toHaveLength(4);
    for (const each of planned) expect(each).toMatchObject({ rootId: 'root', parentId: 'parent' });
  });

  test('adds arguments before a signature, keywords and options over it, and to an immutable one only options', () => {
    const signature = {
      ...withOptions(add(2), { queue: 'own', priority: 1 }),
      kwargs: { a: 1, b: 2 },
    };
    const extras = given({ args: [1], kwargs: { b: 3 }, options: { queue: 'new', expires: null } });

    const [planned] = plan(signature, numbered(), extras).tasks;
    const [fixed] = plan({ ...signature, immutable: true }, numbered(), extras).tasks;

    expect(planned).toMatchObject({ args: [1, 2], kwargs: { a: 1, b: 3 } });
    expect(planned?.options).toEqual({ queue: 'new', priority: 1 });
    expect(fixed).toMatchObject({ args: [2], kwargs: { a: 1, b: 2 }, options: { queue: 'new' } });
  });

  test.each([
    ['a chord without a body', chordWithoutBody, MessageInvalidError],
    ['such a chord in a chain', chainOf([add(1), chordWithoutBody]), MessageInvalidError],
    ['a link on a group', linkedGroup, NotSupportedError],
    [
      'a link on a chain that ends in a group',
      withOptions(chainOf([add(1), groupOf([add(1), add(2)])]), { link: [ident()] }),
      NotSupportedError,
    ],
  ])('refuses %s', (_, signature, type) => {
    expect(() => plan(signature, numbered())).toThrow(type);
  });
});
