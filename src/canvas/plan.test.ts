import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type CapturedEntry,
  type MessageShape,
  renamed,
  shapeOf,
} from '../../test/vectors/canvas.ts';
import { type CeleryVersion, readVectors } from '../../test/vectors/vectors.ts';
import { MessageInvalidError, NotSupportedError } from '../errors.ts';
import { encodeBody, type SignatureData } from '../protocol/index.ts';
import { type Extras, noExtras } from './merge.ts';
import { plan } from './plan.ts';
import type { PlannedTask } from './planned.ts';
import { chainOf, chordOf, groupOf } from './structure.ts';

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

function shapeOfPlanned(planned: PlannedTask): MessageShape {
  const { task, id, rootId, parentId, group, groupIndex, replyTo, args, kwargs, embed } = planned;
  const body: unknown = JSON.parse(encodeBody(args, kwargs, embed));
  const ids = { task, id, root_id: rootId, parent_id: parentId };
  return { ...ids, group, group_index: groupIndex, reply_to: replyTo, body };
}

interface WireCase {
  readonly name: string;
  readonly lists: Readonly<Record<string, readonly (CapturedEntry | string)[]>>;
}

/** The messages of a capture in the order they were sent; lists have the newest first. */
function captured(
  name: string,
  version: CeleryVersion = '5.6.2',
): readonly (MessageShape & { readonly queue: string; readonly priority: number })[] {
  const vector = readVectors<WireCase>(version, 'e_canvas_wire').find((each) => each.name === name);
  return Object.entries(vector?.lists ?? {}).flatMap(([queue, entries]) =>
    entries.toReversed().map((entry) => {
      const message = typeof entry === 'string' ? (JSON.parse(entry) as CapturedEntry) : entry;
      const body = Buffer.from(message.body, 'base64').toString();
      return { ...shapeOf(message, body), queue, priority: message.properties.priority };
    }),
  );
}

const chordWithoutBody = chordOf([add(1, 1)], null as never);
const linkedGroup = withOptions(groupOf([add(1, 1), add(2, 2)]), { link: [ident()] });
const errback = call('tasks.errback_new', []);
const cases: [name: string, signature: SignatureData, extras?: Extras][] = [
  [
    'chain3',
    chainOf([add(1, 2), mul(3), mul(4)]),
    given({ options: { task_id: 'chain-last-id' } }),
  ],
  ['chain_link_error', chainOf([add(1, 2), mul(3)]), given({ options: { link_error: [errback] } })],
  ['chain_link', chainOf([add(1, 2), mul(3)]), given({ options: { link: [ident()] } })],
  ['chain_immutable', chainOf([add(1, 2), { ...mul(3, 4), immutable: true }])],
  ['group2', groupOf([add(1, 1), add(2, 2)]), given({ options: { task_id: 'group-id-1' } })],
  ['group_args', groupOf([add(1), add(2)]), given({ args: [10] })],
  ['group_nested', groupOf([add(1, 1), groupOf([add(2, 2), add(3, 3)])])],
  ['group_of_chains', groupOf([chainOf([add(1, 1), mul(2)]), add(3, 3)])],
  ['chain_group_end', chainOf([add(1, 1), groupOf([add(2), add(3)])])],
  [
    'chain_options',
    chainOf([
      withOptions(add(1, 2), { queue: 'qa', priority: 3 }),
      withOptions(mul(3), { queue: 'qb', countdown: 5, expires: 100, time_limit: 3 }),
    ]),
  ],
  [
    'chain_priority',
    chainOf([add(1, 2), mul(3)]),
    given({ options: { priority: 5, queue: 'qz' } }),
  ],
  [
    'group_priority',
    groupOf([add(1, 2), add(3, 4)]),
    given({ options: { priority: 5, queue: 'qz' } }),
  ],
  [
    'chain_sig_link_error',
    chainOf([
      withOptions(add(1, 2), { link_error: [call('tasks.errback_new', [1])] }),
      withOptions(mul(3), { link_error: [call('tasks.errback_old', [])] }),
    ]),
  ],
];

describe('what a client sends is what Celery 5.6.2 sends', () => {
  test.each(cases)('%s', (name, signature, extras) => {
    const expected = captured(name);

    const { tasks } = plan(signature, context, extras);

    const shapes = expected.map(({ queue: _, priority: __, ...shape }) => shape);
    expect(expected.length).toBeGreaterThan(0);
    expect(renamed(tasks.map(shapeOfPlanned))).toEqual(renamed(shapes));
  });

  test.each(cases)('%s, which Celery 5.2.6 sends without the places in a group', (name) => {
    const [older, newer] = (['5.2.6', '5.6.2'] as const).map((version) => {
      const placeless = (key: string, value: unknown) =>
        key === 'group_index' ? undefined : value;
      return JSON.parse(JSON.stringify(captured(name, version), placeless)) as unknown;
    });

    expect(renamed(older)).toEqual(renamed(newer));
    for (const { group_index: place } of captured(name, '5.2.6')) expect(place).toBeNull();
  });

  test('options of a chain reach its first step only, those of a group every member', () => {
    const options = { priority: 5, queue: 'qz' };
    const chained = plan(chainOf([add(1, 2), mul(3)]), context, given({ options }));
    const grouped = plan(groupOf([add(1, 2), add(3, 4)]), context, given({ options }));

    expect(chained.tasks.map((each) => each.options)).toEqual([options]);
    expect(chained.tasks[0]?.embed.chain?.[0]?.options).not.toHaveProperty('queue');
    expect(grouped.tasks.map((each) => each.options)).toEqual([options, options]);
  });
});

describe('a plan', () => {
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
