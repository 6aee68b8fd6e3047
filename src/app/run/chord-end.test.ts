import { describe, expect, test } from 'vitest';
import type { PlannedTask } from '../../canvas/index.ts';
import type { RemoteError } from '../../errors.ts';
import {
  type ChordMember,
  encodeJson,
  encodeResultMeta,
  finalityOf,
  type OutgoingMessage,
  type ResultMeta,
  type ResultTuple,
  type SignatureData,
} from '../../protocol/index.ts';
import type { Completion } from '../../transports/index.ts';
import { type ChordEndContext, planChordEnd, planUnsentBody } from './chord-end.ts';
import { type ChordInput, gatherInput } from './chord-input.ts';
import { parseEnding, partsOf } from './chord-parts.ts';

const boom: RemoteError = { type: 'E', module: 'm', args: ['boom'], traceback: null };

function done(taskId: string, resultText: string): ChordMember {
  return { taskId, status: 'SUCCESS', resultText, error: null };
}

function broken(taskId: string, status = 'FAILURE'): ChordMember {
  return { taskId, status, resultText: undefined, error: boom };
}

const ignored: ChordMember = { taskId: 'x', status: 'IGNORED', resultText: undefined, error: null };

function leaf(id: string): ResultTuple {
  return [[id, null], null];
}

function meta(taskId: string, over: Partial<ResultMeta>): readonly [string, ResultMeta] {
  const bare = { traceback: null, children: [], dateDone: null, groupId: null, parentId: null };
  return [taskId, { taskId, status: 'SUCCESS', result: null, error: null, ...bare, ...over }];
}

describe('what the members come to', () => {
  const all = [done('a', '1'), done('b', '"2"')];
  const rows: [what: string, record: Parameters<typeof gatherInput>[0], input: ChordInput][] = [
    ['results', { size: 2, members: all, group: undefined }, { kind: 'results', text: '[1, "2"]' }],
    ['none', { size: 0, members: [], group: undefined }, { kind: 'results', text: '[]' }],
    [
      'null for one that is ignored',
      { size: 3, members: [...all, ignored], group: undefined },
      { kind: 'results', text: '[1, "2", null]' },
    ],
    [
      'all that failed, in order',
      { size: 3, members: [broken('c'), done('a', '1'), broken('d', 'REVOKED')], group: undefined },
      {
        kind: 'failed',
        failed: [
          { taskId: 'c', error: boom },
          { taskId: 'd', error: boom },
        ],
      },
    ],
    [
      'too few, whatever was counted',
      { size: 3, members: [broken('a'), done('b', '1')], group: undefined },
      { kind: 'missing', ids: [] },
    ],
    [
      'more than there were to be',
      { size: 1, members: all, group: undefined },
      { kind: 'results', text: '[1, "2"]' },
    ],
    [
      'nothing, when it is over',
      { size: undefined, members: all, group: undefined },
      { kind: 'over' },
    ],
  ];

  test.each(rows)('%s', (_, record, input) => {
    expect(gatherInput(record)).toEqual(input);
  });
});

describe('a header with groups in it', () => {
  const inner: ResultTuple = [
    ['g', null],
    [leaf('b'), leaf('c')],
  ];
  const group: ResultTuple = [
    ['g', null],
    [inner, leaf('d')],
  ];
  const parts = [done('d', '6'), done('b', '3')];

  test('is joined by what its tasks came to, not by the count', () => {
    const record = { size: 2, members: parts, group };

    expect(gatherInput(record)).toEqual({ kind: 'missing', ids: ['c'] });
    expect(gatherInput(record, new Map([meta('c', { status: 'STARTED' })]))).toEqual({
      ...{ kind: 'missing', ids: ['c'] },
    });
    expect(gatherInput(record, new Map([meta('c', { result: { x: [4] } })]))).toEqual({
      ...{ kind: 'results', text: '[[3, {"x": [4]}], 6]' },
    });
    expect(
      gatherInput(record, new Map([meta('c', { status: 'FAILURE', error: boom })])),
    ).toMatchObject({ kind: 'failed', failed: [{ taskId: 'c' }] });
  });

  test('has failed when a step before one of its groups has: Python tells of the group as a whole', () => {
    const members = [done('d', '6'), broken('early')];
    const other: ResultTuple = [
      ['g', null],
      [
        [
          ['early', null],
          [leaf('b'), leaf('c')],
        ],
        leaf('d'),
      ],
    ];

    expect(gatherInput({ size: 2, members, group: other })).toMatchObject({
      ...{ kind: 'failed', failed: [{ taskId: 'early' }] },
    });
  });
});

function call(id: string, options: object = {}, over: Partial<SignatureData> = {}): SignatureData {
  const parts = { task: id, args: [], kwargs: {}, subtask_type: null, immutable: false };
  return { ...parts, options: { task_id: id, ...options }, ...over };
}

const context = {
  backend: {
    chords: {
      place: (groupId: string) => ({ groupId, key: 'k', db: 0, ttlMs: 1, isOrdered: true }),
      encode: (member: ChordMember) => ({ member: JSON.stringify(member) }),
    },
    write: (each: ResultMeta) => ({
      ...{ key: each.taskId, document: encodeResultMeta(each), ttlMs: 0, db: 0 },
      finality: finalityOf(each.status),
    }),
  },
  compose: (tasks: readonly PlannedTask[]) => tasks as unknown as OutgoingMessage[],
  newId: () => 'new',
  replyTo: 'r',
  dateDone: 'THEN',
} as unknown as ChordEndContext;

function endOf(body: SignatureData, input: ChordInput): Completion {
  const ending = { body, rootId: 'root', parentId: 'last' };
  return planChordEnd({ groupId: 'g', ending }, input as never, context);
}

function states({ writes }: Completion) {
  return writes.map(({ document }) => {
    const { task_id: id, status, result } = JSON.parse(document);
    return [id, status, result.exc_type, result.exc_message[0]];
  });
}

const errback = call('told', { task_id: null });
const two = {
  kind: 'failed',
  failed: ['b', 'a'].map((taskId) => ({ taskId, error: boom })),
} as const;

test('a body is sent once, with the list first, as a child of the last part', () => {
  const body = call('body', { group_id: 'g' }, { args: [9] });

  const completion = endOf(body, { kind: 'results', text: '[1, {"x": null}]' });

  expect(completion).toMatchObject({
    settle: { kind: 'fire', chord: { groupId: 'g' } },
    writes: [],
  });
  const [sent, ...others] = completion.messages as unknown as PlannedTask[];
  expect(others).toEqual([]);
  expect(sent).toMatchObject({ id: 'body', rootId: 'root', parentId: 'last', group: 'g' });
  expect(encodeJson(sent?.args)).toBe('[[1, {"x": null}], 9]');
});

const above = call('outer', { link_error: [errback] });
const place = { group_id: 'h', group_index: 0, chord: above };
const own = call('own', { task_id: null });

test.each([
  ['a task', call('body', { ...place, link_error: [errback, own] })],
  [
    'a chain',
    call(
      'body',
      { link_error: [errback, own] },
      { task: 'celery.chain', subtask_type: 'chain', kwargs: { tasks: [call('body', place)] } },
    ),
  ],
])('what the chord above calls, too, is left to it by a body that is %s', (_, body) => {
  const errbacksOf = (over: object) => {
    const ending = { body, rootId: 'root', parentId: 'last' };
    const input = { kind: 'results', text: '[1]' } as const;
    const completion = planChordEnd({ groupId: 'g', ending }, input, { ...context, ...over });
    const [sent] = completion.messages as unknown as PlannedTask[];
    return sent?.embed.errbacks?.map(({ task }) => task);
  };

  expect(errbacksOf({})).toEqual(['own']);
  expect(errbacksOf({ errorCallbacksOnHeader: true })).toEqual(['told', 'own']);
});

test('a chord that has failed says who failed, and calls its errbacks once', () => {
  const outer = call('outer');
  const options = { link_error: [errback], group_id: 'h', group_index: 0, chord: outer };

  const completion = endOf(call('body', options), two);

  const message = "Dependency b raised E('boom')\nDependency a raised E('boom')";
  expect(completion.settle).toMatchObject({ kind: 'fire', isFailed: true });
  expect(states(completion)).toEqual([['body', 'FAILURE', 'ChordError', message]]);
  const sent = completion.messages as unknown as PlannedTask[];
  expect(sent.map(({ task, args, parentId }) => [task, args, parentId])).toEqual([
    ['told', ['body'], 'body'],
  ]);
  expect(completion.parts).toMatchObject([{ groupId: 'h', taskId: 'body', index: 0 }]);
});

test('a group as a body has failed with the first error', () => {
  const tasks = [call('one'), call('two', { link_error: [errback] })];
  const body = call('g', {}, { subtask_type: 'group', kwargs: { tasks } });

  const completion = endOf(body, two);

  expect(states(completion).sort()).toEqual(
    ['g', 'one', 'two'].map((id) => [id, 'FAILURE', 'E', 'boom']),
  );
  expect(completion.messages).toMatchObject([{ task: 'told', args: ['two'] }]);
});

test('a body that cannot be sent has failed, and its errbacks are called if they can', () => {
  const ending = { body: call('body', { link_error: [errback] }), rootId: 'r', parentId: 'p' };
  const chord = { groupId: 'g', ending };
  const nowhere = new RangeError('no such queue');
  const message = 'Callback error: RangeError("no such queue")';

  const completion = planUnsentBody(chord, nowhere, context);
  const silent = planUnsentBody(chord, nowhere, {
    ...context,
    compose: (tasks) => {
      if (tasks.length > 0) throw nowhere;
      return [];
    },
  });

  for (const each of [completion, silent]) {
    expect(states(each)).toEqual([['body', 'FAILURE', 'ChordError', message]]);
    expect(each.settle).toMatchObject({ kind: 'fire', isFailed: true });
  }
  expect(completion.messages).toMatchObject([{ task: 'told' }]);
  expect(silent.messages).toEqual([]);
});

const odd = [
  ['a group with a member', { subtask_type: 'group', kwargs: { tasks: [call('m'), 5] } }, {}],
  ['a chain', { subtask_type: 'chain', kwargs: { tasks: 'all' } }, {}],
  ['a chord', { subtask_type: 'chord', kwargs: {} }, {}],
  ['a task whose errback', {}, { link_error: [{}] }],
  ['a task whose next step', {}, { chain: [{}] }],
  ['a task whose chord', {}, { group_id: 'h', chord: 'c' }],
] as const;

test.each(odd)('%s, which is no signature, fails the body all the same', (_, over, options) => {
  const ending = { body: call('body', options, over), rootId: 'r', parentId: 'p' };

  const completion = planUnsentBody({ groupId: 'g', ending }, new Error('odd'), context);

  expect(completion.settle).toMatchObject({ kind: 'fire', isFailed: true });
  const message = 'Callback error: Error("odd")';
  expect(states(completion)).toEqual([['body', 'FAILURE', 'ChordError', message]]);
});

test.each([
  ['a task', call('body', { reply_to: 'sender' })],
  [
    'a chain',
    call(
      'body',
      {},
      { subtask_type: 'chain', kwargs: { tasks: [call('a', { reply_to: 'sender' })] } },
    ),
  ],
  [
    'a chord',
    call(
      'body',
      {},
      { subtask_type: 'chord', kwargs: { body: call('a', { reply_to: 'sender' }) } },
    ),
  ],
])('who has sent a body is told that it has failed: %s', (_, body) => {
  expect(endOf(body, two).replyTo).toBe('sender');
  expect(endOf(body, { kind: 'results', text: '[]' }).replyTo).toBeUndefined();
});

test('a thousand failed members are told of one by one, of more how many there are', () => {
  const failed = Array.from({ length: 1_002 }, (_, at) => ({ taskId: `t${at}`, error: boom }));

  const [[, , , message = ''] = []] = states(endOf(call('body'), { kind: 'failed', failed }));

  expect(message.split('\n')).toHaveLength(1_001);
  expect(message).toMatch(/and 2 more$/);
});

test('what is told of a chord is read as it was written', () => {
  const body = call('body', { link: [call('next')] }, { args: [new Date(0), 12n ** 30n] });
  const part = { groupId: 'g', taskId: 'p', index: 0, body };
  const chords = { place: () => ({}), encode: () => ({ member: '' }) };
  const facts = { backend: { chords } as never, rootId: 'r', dateDone: '' };

  const [told] = partsOf([part], { status: 'IGNORED' }, facts);

  const ending = { body, rootId: 'r', parentId: 'p' };
  expect(parseEnding(`${told?.head}${told?.ending}`)).toEqual(ending);
  expect(() => parseEnding('{"body": {"args": []}}')).toThrow(/body of a chord/);
});
